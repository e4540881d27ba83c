-- Every team, the fleet and agents that are halted; what they have in hand and what waits for them.
WITH held AS (
    SELECT task_id, team, run_id FROM state.tasks WHERE status = 'working' AND lease_until > clock_timestamp()
),
parked AS (
    SELECT waiting_for, count(*) AS tasks FROM state.tasks WHERE status = 'waiting' GROUP BY waiting_for
),
agent_in_hand AS (
    -- a coordinator has everything in hand that its team has; others the runs they hold a token in
    SELECT agent.agent, count(*) AS tasks
    FROM state.agents AS agent
    JOIN state.teams AS team ON starts_with(agent.agent, team.team || '/')
    JOIN state.team_versions AS version ON version.team = team.team AND version.version = team.active_version
    JOIN held ON held.team = team.team
    WHERE agent.status <> 'active' AND (
        agent.agent = team.team || '/' || (version.manifest ->> 'coordinator')
        OR EXISTS (
            SELECT FROM state.gateway_tokens AS token
            WHERE token.run_id = held.run_id AND token.team || '/' || token.agent = agent.agent
                AND token.revoked_at IS NULL
        )
    )
    GROUP BY agent.agent
)
SELECT agent.agent AS who, agent.status, agent.reason, agent.paused_until,
    CASE WHEN agent.agent = 'fleet' THEN (SELECT count(*) FROM held) ELSE coalesce(agent_in_hand.tasks, 0) END AS in_hand,
    coalesce(parked.tasks, 0) AS waiting
FROM state.agents AS agent
LEFT JOIN agent_in_hand ON agent_in_hand.agent = agent.agent
LEFT JOIN parked ON parked.waiting_for = agent.agent
WHERE agent.status <> 'active'
UNION ALL
SELECT team.team, team.status, team.reason, team.paused_until,
    (SELECT count(*) FROM held WHERE held.team = team.team), coalesce(parked.tasks, 0)
FROM state.teams AS team
LEFT JOIN parked ON parked.waiting_for = team.team
ORDER BY who
