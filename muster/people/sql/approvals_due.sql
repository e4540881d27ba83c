-- Those nobody can decide any more: their time is over, or their task is.
SELECT approval.approval_id
FROM state.approvals AS approval
LEFT JOIN state.tasks AS task USING (task_id)
WHERE approval.status = 'open' AND (approval.expires_at <= %(now)s OR task.ended_at IS NOT NULL)
ORDER BY approval.requested_at
