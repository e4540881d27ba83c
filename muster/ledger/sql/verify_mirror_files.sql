SELECT path, first_index, end_index, first_seq, last_seq, sha256, size_bytes, note
FROM ledger.mirror_files
ORDER BY first_index, end_index
