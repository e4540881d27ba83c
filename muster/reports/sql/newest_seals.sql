SELECT sealed_at, tree_size - first_index AS events, tree_size, encode(root_sha256, 'hex') AS root_sha256, key_id
FROM ledger.seals
ORDER BY tree_size DESC
LIMIT %(limit)s
