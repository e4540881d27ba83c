-- Calls that can change a system, begun a moment ago and not settled, and who has their task now.
SELECT intent.event_id, intent.task_id, task.lease_owner
FROM ledger.open_intents AS intent
JOIN ledger.events AS event USING (event_id)
JOIN state.tasks AS task ON task.task_id = intent.task_id
WHERE intent.kind = 'tool_call.intended' AND intent.abandoned_at IS NULL
    AND intent.intended_at > clock_timestamp() - make_interval(secs => %(fresh_seconds)s)
    AND event.body::jsonb -> 'payload' ->> 'effect' <> 'read'
    AND (NOT %(keyed)s OR event.body::jsonb -> 'payload' -> 'arguments' ->> 'idempotency_key' IS NOT NULL)
ORDER BY intent.intended_at;
