SELECT version.version, version.manifest_sha256
FROM state.teams AS team
JOIN state.team_versions AS version ON version.team = team.team AND version.version = team.active_version
WHERE team.team = %(team)s
