SELECT body FROM ledger.events WHERE run_id = %(run_id)s ORDER BY run_seq
