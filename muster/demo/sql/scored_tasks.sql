SELECT task_id FROM ledger.events WHERE kind = 'outcome.scored'
