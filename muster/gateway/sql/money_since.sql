-- Money calls that were let through, except those the system itself declined.
SELECT
    intended.body::jsonb #>> '{payload,tool}' AS tool,
    intended.body::jsonb #> '{payload,arguments}' AS arguments,
    intended.body::jsonb #>> '{payload,arguments_sha256}' AS arguments_sha256
FROM ledger.events intended
WHERE intended.kind = 'tool_call.intended'
    AND intended.recorded_at >= %(since)s
    AND intended.body LIKE '%%"effect":"money"%%'
    AND intended.body::jsonb #>> '{payload,effect}' = 'money'
    AND NOT EXISTS (
        SELECT FROM ledger.events settled
        WHERE settled.run_id = intended.run_id
            AND settled.kind = 'tool_call.settled'
            AND settled.body::jsonb #>> '{payload,call_id}' = intended.body::jsonb #>> '{payload,call_id}'
            AND settled.body::jsonb #>> '{payload,status}' = 'tool_error'
    )
