(SELECT tree_size FROM ledger.seals WHERE tree_size <= %(tree_size)s ORDER BY tree_size DESC LIMIT 1)
UNION ALL
(SELECT tree_size FROM ledger.seals WHERE tree_size > %(tree_size)s ORDER BY tree_size LIMIT 1)
