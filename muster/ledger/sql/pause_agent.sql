INSERT INTO state.agents (agent, status, reason, paused_until)
VALUES (%(who)s, 'paused', %(reason)s, %(until)s)
ON CONFLICT (agent) DO UPDATE SET
    status = 'paused', reason = excluded.reason, paused_until = excluded.paused_until
RETURNING agent
