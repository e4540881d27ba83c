SELECT
    task_id, run_id, team, agent,
    status = 'approved' AND (expires_at IS NULL OR expires_at + %(grace)s > %(now)s) AS holds,
    status = 'used' AS used
FROM state.approvals
WHERE approval_id = %(approval_id)s
FOR UPDATE
