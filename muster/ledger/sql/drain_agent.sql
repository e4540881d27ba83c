INSERT INTO state.agents (agent, status, reason, paused_until)
VALUES (%(who)s, 'draining', %(reason)s, NULL)
ON CONFLICT (agent) DO UPDATE SET status = 'draining', reason = excluded.reason, paused_until = NULL
RETURNING agent
