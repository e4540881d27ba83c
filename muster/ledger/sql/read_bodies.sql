SELECT seq, body FROM ledger.events WHERE task_id = %(task_id)s ORDER BY seq
