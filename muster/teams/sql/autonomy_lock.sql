SELECT pg_advisory_xact_lock(hashtextextended('muster.phase/' || %(agent)s, 0))
