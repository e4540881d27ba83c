-- Everything that waited for this halt to end, or for this approval, stands in the queue again.
UPDATE state.tasks
SET status = 'queued', waiting_for = NULL, updated_at = %(now)s
WHERE status = 'waiting' AND waiting_for = %(who)s
RETURNING task_id, run_id, team
