SELECT approval.approval_id, approval.task_id, approval.run_id, approval.team, approval.agent, approval.tool,
    approval.arguments, approval.origins, approval.rules, approval.reasons, approval.summary, approval.amount,
    approval.currency,
    approval.status, approval.requested_at, approval.expires_at, approval.decided_at, approval.decided_by, approval.note,
    approval.used_at, task.title, task.priority, task.content, task.status AS task_status
FROM state.approvals AS approval
LEFT JOIN state.tasks AS task USING (task_id)
WHERE approval.approval_id = %(approval_id)s
