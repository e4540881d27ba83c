-- One at a time seals, or changes the key that seals are signed with; held to the end of the transaction.
SELECT pg_try_advisory_xact_lock(7234502) AS held
