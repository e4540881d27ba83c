SELECT last_seq, xid::text AS xid FROM ledger.horizon()
