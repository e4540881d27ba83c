WITH added AS (
    INSERT INTO state.team_versions (team, version, manifest, manifest_sha256, deployed_at)
    VALUES (%(team)s, %(version)s, %(manifest)s, %(manifest_sha256)s, %(deployed_at)s)
)
INSERT INTO state.teams (team, active_version) VALUES (%(team)s, %(version)s)
ON CONFLICT (team) DO UPDATE SET active_version = excluded.active_version
