SELECT escalation.escalation_id, escalation.task_id, escalation.run_id, escalation.team, escalation.agent, task.title,
    escalation.reason, escalation.status, escalation.raised_at, escalation.sla_due_at, escalation.package
FROM state.escalations AS escalation
JOIN state.tasks AS task USING (task_id)
WHERE escalation.status = 'open' AND (%(team)s::text IS NULL OR escalation.team = %(team)s::text)
ORDER BY escalation.sla_due_at, escalation.escalation_id
