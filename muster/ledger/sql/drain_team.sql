UPDATE state.teams SET status = 'draining', reason = %(reason)s, paused_until = NULL
WHERE team = %(who)s
RETURNING team
