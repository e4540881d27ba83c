-- The most urgent, then oldest, tasks of a team that nobody holds; those another worker is just taking are passed over.
-- A team that is paused leaves its work where it is. One clock decides about leases: the database's.
WITH free AS (
    SELECT task_id, status AS was_status, lease_owner AS was_owner
    FROM state.tasks
    WHERE team = %(team)s
        AND status IN ('queued', 'working')
        AND (status = 'queued' OR lease_until < clock_timestamp())
        AND NOT EXISTS (
            SELECT FROM state.teams AS halted
            WHERE halted.team = %(team)s AND halted.status = 'paused'
                AND (halted.paused_until IS NULL OR halted.paused_until > clock_timestamp())
        )
    ORDER BY priority, created_at, task_id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE state.tasks AS task
SET status = 'working',
    lease_owner = %(worker)s,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    attempts = task.attempts + 1,
    updated_at = %(now)s
FROM free
WHERE task.task_id = free.task_id
RETURNING task.task_id, task.source, task.external_id, task.team, task.channel, task.priority, task.title,
    task.content, task.attempts, task.lease_until, task.run_id, task.created_at, free.was_status, free.was_owner;
