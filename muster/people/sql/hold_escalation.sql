SELECT task_id, run_id, team, agent, status FROM state.escalations WHERE escalation_id = %(escalation_id)s FOR UPDATE
