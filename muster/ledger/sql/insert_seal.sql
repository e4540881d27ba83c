INSERT INTO ledger.seals (tree_size, first_index, first_seq, last_seq, root_sha256, key_id, checkpoint, sealed_at)
VALUES (%(tree_size)s, %(first_index)s, %(first_seq)s, %(last_seq)s, %(root_sha256)s, %(key_id)s, %(checkpoint)s,
    %(sealed_at)s)
