UPDATE state.agents SET status = 'active', reason = NULL, paused_until = NULL
WHERE agent = %(who)s AND status <> 'active'
RETURNING agent
