SELECT stamp.tree_size, stamp.authority, stamp.token, seal.checkpoint
FROM ledger.timestamps AS stamp
LEFT JOIN ledger.seals AS seal ON seal.tree_size = stamp.tree_size
ORDER BY stamp.tree_size
