INSERT INTO ledger.mirror_files
    (path, first_index, end_index, first_seq, last_seq, events, sha256, size_bytes, note, written_at)
VALUES (%(path)s, %(first_index)s, %(end_index)s, %(first_seq)s, %(last_seq)s, %(events)s, %(sha256)s, %(size_bytes)s,
    %(note)s, %(written_at)s)
ON CONFLICT (path) DO NOTHING
