-- The seal that covers a place in the order, when there is one.
SELECT tree_size, first_index, first_seq, last_seq, root_sha256, key_id, checkpoint, sealed_at
FROM ledger.seals
WHERE tree_size = (SELECT min(tree_size) FROM ledger.seals WHERE last_seq >= %(seq)s) AND first_seq <= %(seq)s
