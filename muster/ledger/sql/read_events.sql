-- One row an event, with the parts of its payload that figures are made of. $1 kinds (comma-separated) or null,
-- $2 since, $3 until (RFC 3339) or null, $4 team or null, $5 task or null.
SELECT
    event.seq,
    event.event_id,
    event.kind,
    event.task_id,
    event.run_id,
    event.team,
    event.agent,
    event.actor,
    event.model_source,
    event.happened_at,
    event.cost_usd::text AS cost_usd,
    CASE event.kind
        WHEN 'outcome.scored' THEN CASE WHEN (payload ->> 'correct')::boolean THEN 'correct' ELSE 'wrong' END
        ELSE coalesce(payload ->> 'status', payload ->> 'outcome', payload ->> 'verdict')
    END AS status,
    CASE event.kind
        WHEN 'outcome.scored' THEN payload -> 'mistakes' ->> 0
        ELSE coalesce(payload ->> 'rule', payload ->> 'reason')
    END AS reason,
    coalesce(
        payload ->> 'model', payload ->> 'tool', payload ->> 'to_agent', payload ->> 'channel', payload ->> 'report'
    ) AS subject,
    payload ->> 'priority' AS priority,
    (payload ->> 'input_tokens')::bigint AS input_tokens,
    (payload ->> 'output_tokens')::bigint AS output_tokens,
    (payload ->> 'cache_read_input_tokens')::bigint AS cache_read_tokens,
    (payload ->> 'cache_creation_input_tokens')::bigint AS cache_write_tokens,
    coalesce((payload ->> 'latency_ms')::bigint, (payload ->> 'duration_ms')::bigint) AS latency_ms,
    (payload ->> 'confidence')::double precision AS confidence,
    payload ->> 'title' AS title
FROM ledger.events AS event
CROSS JOIN LATERAL (SELECT event.body::jsonb -> 'payload' AS payload) AS body
WHERE ($1::text IS NULL OR event.kind = ANY (string_to_array($1::text, ',')))
    AND ($2::text IS NULL OR event.happened_at >= ($2::text)::timestamptz)
    AND ($3::text IS NULL OR event.happened_at < ($3::text)::timestamptz)
    AND ($4::text IS NULL OR event.team = $4::text)
    AND ($5::text IS NULL OR event.task_id = $5::text)
ORDER BY event.seq
