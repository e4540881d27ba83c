SELECT tree_size, first_index, first_seq, last_seq, root_sha256, key_id, checkpoint, sealed_at
FROM ledger.seals
WHERE tree_size > coalesce((
    SELECT file.end_index FROM ledger.mirror_files AS file ORDER BY file.first_index DESC, file.end_index DESC LIMIT 1
), 0)
ORDER BY tree_size
