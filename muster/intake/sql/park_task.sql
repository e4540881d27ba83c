UPDATE state.tasks
SET status = 'waiting', waiting_for = %(waiting_for)s, lease_owner = NULL, lease_until = NULL, updated_at = %(now)s
WHERE task_id = %(task_id)s AND status = 'working' AND lease_owner = %(worker)s AND attempts = %(attempt)s
RETURNING run_id;
