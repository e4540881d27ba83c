-- Every model call: what was asked, when, since when the task was in the same hands, and whether and when the answer
-- was written down.
SELECT
    intended.task_id, intended.run_id, intended.seq AS asked_seq, intended.happened_at AS asked_at,
    intended.body::jsonb -> 'payload' ->> 'request_sha256' AS request_sha256,
    (
        SELECT max(leased.seq) FROM ledger.events AS leased
        WHERE leased.task_id = intended.task_id AND leased.kind = 'task.leased' AND leased.seq < intended.seq
    ) AS leased_seq,
    settled.seq AS answered_seq,
    settled.body::jsonb -> 'payload' ->> 'status' AS status
FROM ledger.events AS intended
LEFT JOIN ledger.events AS settled
    ON settled.run_id = intended.run_id AND settled.kind = 'model_call.settled'
    AND settled.body::jsonb -> 'payload' ->> 'intent_id' = intended.event_id
WHERE intended.kind = 'model_call.intended'
ORDER BY intended.seq;
