SELECT first_seq, last_seq FROM ledger.detached_months ORDER BY first_seq
