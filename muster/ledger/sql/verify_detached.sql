SELECT month, first_seq, last_seq, events FROM ledger.detached_months ORDER BY first_seq
