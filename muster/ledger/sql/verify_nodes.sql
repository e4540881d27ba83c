SELECT first_node, hashes FROM ledger.tree WHERE level = %(level)s ORDER BY first_node
