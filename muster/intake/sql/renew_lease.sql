UPDATE state.tasks
SET lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
WHERE task_id = %(task_id)s AND status = 'working' AND lease_owner = %(worker)s AND attempts = %(attempt)s
RETURNING lease_until;
