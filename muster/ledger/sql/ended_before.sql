SELECT ledger.ended_before(%(xid)s::xid8) AS ended
