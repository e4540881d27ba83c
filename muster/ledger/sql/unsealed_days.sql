SELECT DISTINCT (event.recorded_at AT TIME ZONE 'UTC')::date AS day
FROM ledger.events AS event
WHERE event.recorded_at < %(today)s::date::timestamp AT TIME ZONE 'UTC'
    AND NOT EXISTS (
        SELECT FROM state.seals AS seal WHERE seal.day = (event.recorded_at AT TIME ZONE 'UTC')::date
    )
ORDER BY day
