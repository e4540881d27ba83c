SELECT seq, body
FROM ledger.events
WHERE recorded_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
    AND recorded_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
ORDER BY seq
