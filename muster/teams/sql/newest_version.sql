SELECT version, manifest_sha256 FROM state.team_versions WHERE team = %(team)s ORDER BY version DESC LIMIT 1
