-- What waits for a person's word has come as far as the agents can bring it.
SELECT
    count(*) FILTER (WHERE ended_at IS NOT NULL) AS ended,
    count(*) FILTER (WHERE ended_at IS NULL AND approval.approval_id IS NOT NULL) AS held,
    count(*) FILTER (WHERE ended_at IS NULL AND approval.approval_id IS NULL) AS open
FROM state.tasks AS task
LEFT JOIN state.approvals AS approval
    ON task.status = 'waiting' AND approval.approval_id = task.waiting_for AND approval.status = 'open'
