SELECT count(*) AS open FROM state.tasks WHERE ended_at IS NULL;
