-- Held until the transaction ends; taken in one order, so that two calls never wait for each other.
SELECT pg_advisory_xact_lock(hashtextextended('muster.payee/' || payee, 0))
FROM (SELECT payee FROM unnest(%(payees)s::text[]) AS payee ORDER BY payee) AS ordered
