INSERT INTO state.escalations (escalation_id, task_id, run_id, team, agent, reason, package, raised_at, sla_due_at)
VALUES (
    %(escalation_id)s, %(task_id)s, %(run_id)s, %(team)s, %(agent)s, %(reason)s, %(package)s, %(raised_at)s,
    %(sla_due_at)s
)
