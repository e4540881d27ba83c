-- Calls a person can decide about now; one whose task came to an end is of no use to anybody.
SELECT approval.approval_id, approval.task_id, approval.run_id, approval.team, approval.agent, approval.tool,
    approval.arguments, approval.origins, approval.rules, approval.reasons, approval.summary, approval.amount,
    approval.currency,
    approval.status, approval.requested_at, approval.expires_at, approval.decided_at, approval.decided_by, approval.note,
    approval.used_at, task.title, task.priority, task.content, task.status AS task_status
FROM state.approvals AS approval
LEFT JOIN state.tasks AS task USING (task_id)
WHERE approval.status = 'open' AND (approval.expires_at IS NULL OR approval.expires_at > %(now)s)
    AND task.ended_at IS NULL
    AND (%(team)s::text IS NULL OR approval.team = %(team)s::text)
ORDER BY approval.requested_at, approval.approval_id
