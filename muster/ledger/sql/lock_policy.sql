SELECT pg_advisory_xact_lock(hashtext('policy:' || %(name)s))
