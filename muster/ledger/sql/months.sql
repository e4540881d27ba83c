-- Every month that is attached, oldest first; the first name that sorts is the oldest.
SELECT to_date(substr(child.relname, 8), 'YYYY_MM') AS month
FROM pg_inherits
JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
WHERE pg_inherits.inhparent = 'ledger.events'::regclass
ORDER BY month
