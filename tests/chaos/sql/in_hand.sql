-- Who holds which task now, and whether its run has begun.
SELECT task_id, lease_owner, run_id IS NOT NULL AS begun FROM state.tasks WHERE status = 'working' AND lease_until > clock_timestamp();
