-- Hashes of neighbouring nodes, for each span of a level: whatever of it is there.
SELECT wanted.level, wanted.first_node, wanted.end_node,
    string_agg(piece.hashes, ''::bytea ORDER BY piece.first_node) AS hashes
FROM unnest(%(levels)s::smallint[], %(firsts)s::bigint[], %(ends)s::bigint[])
    AS wanted (level, first_node, end_node)
CROSS JOIN LATERAL (
    SELECT fragment.first_node, substring(fragment.hashes
        FROM (32 * greatest(wanted.first_node - fragment.first_node, 0) + 1)::integer
        FOR (32 * (wanted.end_node - greatest(wanted.first_node, fragment.first_node)))::integer) AS hashes
    FROM ledger.tree AS fragment
    WHERE fragment.level = wanted.level AND fragment.first_node < wanted.end_node
        AND fragment.first_node >= (
            SELECT max(earlier.first_node) FROM ledger.tree AS earlier
            WHERE earlier.level = wanted.level AND earlier.first_node <= wanted.first_node
        )
) AS piece
GROUP BY wanted.level, wanted.first_node, wanted.end_node
