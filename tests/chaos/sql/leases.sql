-- Who held each task when, and when its run began, in the order it was written.
SELECT task_id, kind, happened_at, body::jsonb -> 'payload' ->> 'worker' AS worker,
    (body::jsonb -> 'payload' ->> 'attempt')::integer AS attempt
FROM ledger.events
WHERE kind IN ('run.started', 'task.leased', 'task.lease_expired', 'task.released', 'task.parked', 'task.ended')
ORDER BY task_id, seq;
