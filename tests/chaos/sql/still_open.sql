SELECT task_id, team, status, attempts, lease_owner, lease_until, updated_at
FROM state.tasks WHERE ended_at IS NULL ORDER BY created_at LIMIT 10;
