UPDATE state.escalations SET status = 'answered' WHERE escalation_id = %(escalation_id)s
