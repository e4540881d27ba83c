SELECT tree_size, first_index, first_seq, last_seq, root_sha256, key_id, checkpoint,
    to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS sealed_at
FROM ledger.seals
ORDER BY tree_size
