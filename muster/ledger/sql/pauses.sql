SELECT agent AS who, reason, paused_until FROM state.agents WHERE status = 'paused'
UNION ALL
SELECT team, reason, paused_until FROM state.teams WHERE status = 'paused'
ORDER BY who
