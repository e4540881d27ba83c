SELECT pg_advisory_xact_lock(hashtextextended('muster.call/' || %(run_id)s || '/' || %(call_id)s, 0))
