-- Every team at work, with the halt that is in force now.
SELECT team.team AS who, version.version, version.manifest,
    CASE WHEN team.status = 'paused' AND team.paused_until <= clock_timestamp() THEN 'active' ELSE team.status END
        AS status,
    team.reason
FROM state.teams AS team
JOIN state.team_versions AS version ON version.team = team.team AND version.version = team.active_version
ORDER BY team.team
