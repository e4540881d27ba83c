SELECT task_id, external_id, source, team, channel, priority, status, title, attempts, created_at, updated_at, ended_at
FROM state.tasks
WHERE task_id = %(task_id)s;
