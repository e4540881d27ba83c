SELECT version.manifest
FROM state.teams AS team
JOIN state.team_versions AS version ON version.team = team.team AND version.version = team.active_version
ORDER BY team.team
