-- Months that left the table, and whether the table that holds each is still in the database.
SELECT partition, to_regclass('ledger.' || quote_ident(partition)) IS NOT NULL AS here
FROM ledger.detached_months
ORDER BY first_seq
