-- What each deployed team takes in.
SELECT team, version.manifest -> 'intake' AS intake
FROM state.teams AS deployed
JOIN state.team_versions AS version USING (team)
WHERE version.version = deployed.active_version
ORDER BY team;
