SELECT seq, task_id, body FROM ledger.events WHERE task_id = ANY (%(task_ids)s::text[]) ORDER BY seq
