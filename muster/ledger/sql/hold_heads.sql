SELECT run_id, run_seq, chain_sha256 FROM ledger.hold_heads(%(runs)s)
