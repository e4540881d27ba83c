SELECT pg_advisory_xact_lock(hashtextextended('muster.client/' || %(client)s, 0))
