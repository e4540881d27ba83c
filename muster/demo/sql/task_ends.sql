SELECT task_id, source, external_id, team, run_id, status FROM state.tasks ORDER BY created_at
