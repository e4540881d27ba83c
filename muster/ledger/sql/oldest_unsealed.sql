-- When the oldest event that no seal covers was recorded; no row when all are sealed.
SELECT event.recorded_at
FROM ledger.events AS event
WHERE event.seq > coalesce((SELECT max(seal.last_seq) FROM ledger.seals AS seal), 0)
ORDER BY event.seq
LIMIT 1
