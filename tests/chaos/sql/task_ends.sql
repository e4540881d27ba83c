-- Every task, how it stands, and how often the record says that it ended.
SELECT
    task.task_id, task.source, task.external_id, task.status, task.ended_at,
    count(event.seq) AS ends,
    max(event.happened_at) AS last_end_at,
    max(event.body::jsonb -> 'payload' ->> 'summary') AS summary,
    bool_and(event.body::jsonb -> 'payload' ->> 'status' = task.status) AS as_it_stands
FROM state.tasks AS task
LEFT JOIN ledger.events AS event ON event.task_id = task.task_id AND event.kind = 'task.ended'
GROUP BY task.task_id;
