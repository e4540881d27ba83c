-- A run that a former worker started stays the task's run.
UPDATE state.tasks
SET run_id = coalesce(run_id, %(run_id)s), updated_at = CASE WHEN run_id IS NULL THEN %(now)s ELSE updated_at END
WHERE task_id = %(task_id)s AND status = 'working' AND lease_owner = %(worker)s AND attempts = %(attempt)s
RETURNING run_id;
