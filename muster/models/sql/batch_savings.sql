-- What answers of batches cost, by who answered; the same at once would have cost as much again.
SELECT
    settled.model_source,
    count(*) AS questions,
    sum(settled.cost_usd) AS cost_usd
FROM ledger.events AS settled
WHERE settled.kind = 'model_call.settled'
    AND settled.cost_usd > 0
    AND (%(since)s::timestamptz IS NULL OR settled.happened_at >= %(since)s::timestamptz)
    AND (%(team)s::text IS NULL OR settled.team = %(team)s::text)
    AND settled.body::jsonb -> 'payload' ->> 'intent_id' IN (
        SELECT batched.body::jsonb -> 'payload' ->> 'intent_id'
        FROM ledger.events AS batched
        WHERE batched.kind = 'model_call.batched'
            AND (%(team)s::text IS NULL OR batched.team = %(team)s::text)
    )
GROUP BY settled.model_source
ORDER BY settled.model_source
