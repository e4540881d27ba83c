SELECT task_id, body::jsonb -> 'payload' ->> 'reason' AS reason
FROM ledger.events WHERE kind = 'escalation.raised';
