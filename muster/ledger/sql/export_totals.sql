SELECT (SELECT count(*) FROM ledger.events) AS events,
    (SELECT coalesce(max(tree_size), 0) FROM ledger.seals) AS tree_size,
    (SELECT coalesce(max(first_node + length(hashes) / 32), 0) FROM ledger.tree WHERE level = 0) AS leaves
