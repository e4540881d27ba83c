-- One task for one message; gives no row when the message is known.
INSERT INTO state.tasks
    (task_id, source, external_id, team, channel, priority, title, transaction_type, content, status, attempts, created_at,
    updated_at)
VALUES
    (%(task_id)s, %(source)s, %(external_id)s, %(team)s, %(channel)s, %(priority)s, %(title)s, %(transaction_type)s,
    %(content)s, 'queued', 0, %(now)s, %(now)s)
ON CONFLICT (source, external_id) DO NOTHING
RETURNING task_id;
