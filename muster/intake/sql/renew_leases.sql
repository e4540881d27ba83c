-- Gives a row for each lease that is still held.
UPDATE state.tasks AS task
SET lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM (
    SELECT * FROM unnest(%(task_ids)s::text[], %(workers)s::text[], %(attempts)s::integer[])
        AS lease (task_id, worker, attempt)
    ORDER BY task_id
) AS lease
WHERE task.task_id = lease.task_id AND task.lease_owner = lease.worker AND task.attempts = lease.attempt
RETURNING task.task_id, task.attempts, task.lease_until;
