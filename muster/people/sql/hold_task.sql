-- Held until the word is recorded: of two people who speak at once one is second, and is told.
SELECT task.task_id, task.team, task.status,
    (
        SELECT event.kind FROM ledger.events AS event
        WHERE event.task_id = task.task_id AND event.kind IN ('task.confirmed', 'task.reopened')
        ORDER BY event.seq DESC
        LIMIT 1
    ) AS last_word
FROM state.tasks AS task
WHERE task.task_id = %(task_id)s
FOR NO KEY UPDATE OF task
