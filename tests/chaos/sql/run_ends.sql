-- Runs that ended more than once, and tasks with more than one run.
SELECT task_id, run_id, count(*) FILTER (WHERE kind = 'run.ended') AS ends, max(happened_at) AS at,
    count(*) FILTER (WHERE kind = 'run.started') AS starts
FROM ledger.events
WHERE kind IN ('run.started', 'run.ended')
GROUP BY task_id, run_id;
