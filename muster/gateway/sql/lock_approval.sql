SELECT pg_advisory_xact_lock(hashtextextended('muster.approval/' || %(call)s::text, 0))
