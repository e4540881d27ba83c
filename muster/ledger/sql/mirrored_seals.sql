SELECT tree_size, first_index, first_seq, last_seq, root_sha256, key_id, checkpoint, sealed_at
FROM ledger.seals
WHERE tree_size = ANY (%(sizes)s)
ORDER BY tree_size
