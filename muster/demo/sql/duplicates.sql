SELECT payload ->> 'source' AS source, payload ->> 'external_id' AS external_id
FROM ledger.events AS event
CROSS JOIN LATERAL (SELECT event.body::jsonb -> 'payload' AS payload) AS body
WHERE event.kind = 'task.duplicated'
