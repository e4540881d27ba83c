-- The newest ends first; what is open is no result.
SELECT task.task_id, task.team, task.title, task.status, task.ended_at,
    CASE
        WHEN task.status <> 'completed' THEN NULL
        ELSE coalesce(word.completion, 'assumed')
    END AS completion,
    word.said_at, word.said_by
FROM state.tasks AS task
LEFT JOIN LATERAL (
    SELECT substr(event.kind, 6) AS completion, event.happened_at AS said_at, event.actor AS said_by
    FROM ledger.events AS event
    WHERE event.task_id = task.task_id AND event.kind IN ('task.confirmed', 'task.reopened')
    ORDER BY event.seq DESC
    LIMIT 1
) AS word ON task.status = 'completed'
WHERE task.ended_at IS NOT NULL
    AND (%(team)s::text IS NULL OR task.team = %(team)s::text)
    AND (
        %(completion)s::text IS NULL
        OR (task.status = 'completed' AND coalesce(word.completion, 'assumed') = %(completion)s::text)
    )
ORDER BY task.ended_at DESC, task.task_id DESC
LIMIT %(limit)s
