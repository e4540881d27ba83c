SELECT tree_size, authority, token FROM ledger.timestamps ORDER BY tree_size
