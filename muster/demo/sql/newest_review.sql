SELECT body::jsonb -> 'payload' ->> 'path' AS path
FROM ledger.events
WHERE kind = 'report.published'
ORDER BY seq DESC
LIMIT 1
