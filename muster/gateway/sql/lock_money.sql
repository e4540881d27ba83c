-- Held until the transaction ends; taken in one order, so that two calls never wait for each other.
SELECT pg_advisory_xact_lock(hashtextextended('muster.money/' || holder, 0))
FROM (SELECT holder FROM unnest(%(holders)s::text[]) AS holder ORDER BY holder) AS ordered
