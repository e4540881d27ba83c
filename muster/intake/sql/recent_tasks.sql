-- Newest first: ids sort by time.
SELECT task_id, external_id, source, team, channel, priority, status, title, attempts, created_at, updated_at, ended_at
FROM state.tasks
ORDER BY task_id DESC
LIMIT %(limit)s;
