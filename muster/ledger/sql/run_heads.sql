SELECT run_id, run_seq, chain_sha256 FROM ledger.run_heads
