-- The database's clock says when it is ready again; null is at once.
UPDATE state.tasks
SET status = 'queued', lease_owner = NULL, lease_until = NULL, updated_at = %(now)s,
    ready_at = clock_timestamp() + make_interval(secs => %(ready_in_seconds)s)
WHERE task_id = %(task_id)s AND status = 'working' AND lease_owner = %(worker)s AND attempts = %(attempt)s
RETURNING run_id, ready_at;
