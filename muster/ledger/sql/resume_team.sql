UPDATE state.teams SET status = 'active', reason = NULL, paused_until = NULL
WHERE team = %(who)s AND status = 'paused'
RETURNING team
