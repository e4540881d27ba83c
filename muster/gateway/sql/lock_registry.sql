SELECT pg_advisory_xact_lock(hashtextextended('muster.tool_registry/' || %(server)s, 0))
