-- The largest mirror files that hold every mirrored event exactly once, in order: from one to the next, and past the
-- small ones a larger one has taken the place of.
WITH RECURSIVE cover AS (
    (
        SELECT file.* FROM ledger.mirror_files AS file
        ORDER BY file.first_index, file.end_index DESC, file.path
        LIMIT 1
    )
    UNION ALL
    SELECT following.* FROM cover
    CROSS JOIN LATERAL (
        SELECT file.* FROM ledger.mirror_files AS file
        WHERE file.first_index >= cover.end_index
        ORDER BY file.first_index, file.end_index DESC, file.path
        LIMIT 1
    ) AS following
)
SELECT path, first_index, end_index, first_seq, last_seq, events, sha256, size_bytes, note, written_at
FROM cover
ORDER BY first_index
