-- One row an event, with the parts of its payload that figures are made of; a parameter that is null filters nothing.
-- OFFSET 0 keeps the planner from putting the cast of the body into each of the twenty places that look into it.
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
    (extract(epoch FROM event.happened_at) * 1000000)::bigint AS happened_at,
    event.cost_usd,
    CASE event.kind
        WHEN 'outcome.scored' THEN CASE WHEN (payload ->> 'correct')::boolean THEN 'correct' ELSE 'wrong' END
        ELSE coalesce(payload ->> 'status', payload ->> 'outcome', payload ->> 'verdict', payload ->> 'decision')
    END AS status,
    CASE event.kind
        WHEN 'outcome.scored' THEN payload -> 'mistakes' ->> 0
        ELSE coalesce(payload ->> 'rule', payload ->> 'reason')
    END AS reason,
    coalesce(
        payload ->> 'model', payload ->> 'tool', payload ->> 'to_agent', payload ->> 'channel', payload ->> 'report',
        payload ->> 'confidence_method', payload ->> 'method', payload ->> 'waiting_for',
        payload ->> 'waited_for'
    ) AS subject,
    payload ->> 'priority' AS priority,
    (payload ->> 'input_tokens')::bigint AS input_tokens,
    (payload ->> 'output_tokens')::bigint AS output_tokens,
    (payload ->> 'cache_read_input_tokens')::bigint AS cache_read_tokens,
    (payload ->> 'cache_creation_input_tokens')::bigint AS cache_write_tokens,
    coalesce((payload ->> 'latency_ms')::bigint, (payload ->> 'duration_ms')::bigint) AS latency_ms,
    CASE event.kind
        WHEN 'confidence.assessed' THEN payload ->> 'value'
        ELSE payload ->> 'confidence'
    END::double precision AS confidence,
    payload ->> 'title' AS title,
    (payload ->> 'attention_seconds')::bigint AS attention_seconds,
    (payload ->> 'context_rating')::bigint AS context_rating,
    CASE WHEN event.kind LIKE 'model_call.%%' THEN payload ->> 'role' END AS role,
    (extract(epoch FROM event.recorded_at) * 1000000)::bigint AS recorded_at,
    event.run_seq,
    encode(event.chain_sha256, 'hex') AS chain_sha256,
    event.body
FROM ledger.events AS event
CROSS JOIN LATERAL (SELECT event.body::jsonb -> 'payload' AS payload OFFSET 0) AS whole
WHERE (%(after_seq)s::bigint IS NULL OR event.seq > %(after_seq)s::bigint)
    AND (%(before_seq)s::bigint IS NULL OR event.seq < %(before_seq)s::bigint)
    AND (%(kinds)s::text[] IS NULL OR event.kind = ANY (%(kinds)s::text[]))
    AND (%(since)s::timestamptz IS NULL OR event.happened_at >= %(since)s::timestamptz)
    AND (%(until)s::timestamptz IS NULL OR event.happened_at < %(until)s::timestamptz)
    AND (%(team)s::text IS NULL OR event.team = %(team)s::text)
    AND (%(task_id)s::text IS NULL OR event.task_id = %(task_id)s::text)
ORDER BY event.seq
