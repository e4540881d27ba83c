UPDATE state.teams SET status = 'active', reason = NULL, paused_until = NULL
WHERE team = %(who)s AND status <> 'active'
RETURNING team
