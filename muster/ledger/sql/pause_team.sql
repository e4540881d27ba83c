UPDATE state.teams SET status = 'paused', reason = %(reason)s, paused_until = %(until)s
WHERE team = %(who)s
RETURNING team
