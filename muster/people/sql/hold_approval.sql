-- Held until the word is recorded: of two people who decide at once one is second, and is told.
SELECT approval.task_id, approval.run_id, approval.team, approval.agent, approval.arguments, approval.status,
    approval.expires_at, approval.decided_by, approval.decided_at, task.status AS task_status, task.ended_at
FROM state.approvals AS approval
LEFT JOIN state.tasks AS task USING (task_id)
WHERE approval.approval_id = %(approval_id)s
FOR UPDATE OF approval
