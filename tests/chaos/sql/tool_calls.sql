-- Every call that can change a system: what was ordered, and what came of it.
SELECT
    intended.task_id, intended.run_id, intended.happened_at, intended.event_id AS intent_id,
    intended.body::jsonb -> 'payload' ->> 'call_id' AS call_id,
    intended.body::jsonb -> 'payload' ->> 'tool' AS tool,
    intended.body::jsonb -> 'payload' -> 'arguments' AS arguments,
    settled.body::jsonb -> 'payload' ->> 'status' AS status,
    settled.body::jsonb -> 'payload' ->> 'result' AS result,
    (settled.body::jsonb -> 'payload' ->> 'delivered')::boolean AS delivered
FROM ledger.events AS intended
LEFT JOIN ledger.events AS settled
    ON settled.run_id = intended.run_id AND settled.kind = 'tool_call.settled'
    AND settled.body::jsonb -> 'payload' ->> 'intent_id' = intended.event_id
WHERE intended.kind = 'tool_call.intended' AND intended.body::jsonb -> 'payload' ->> 'effect' <> 'read'
ORDER BY intended.seq;
