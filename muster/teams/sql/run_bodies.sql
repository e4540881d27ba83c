SELECT event_id, body FROM ledger.events WHERE run_id = %(run_id)s ORDER BY run_seq
