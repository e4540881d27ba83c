SELECT task.task_id, task.source, task.external_id, task.team, task.run_id,
    CASE WHEN approval.approval_id IS NULL THEN task.status ELSE 'held' END AS status
FROM state.tasks AS task
LEFT JOIN state.approvals AS approval
    ON task.status = 'waiting' AND approval.approval_id = task.waiting_for AND approval.status = 'open'
ORDER BY task.created_at
