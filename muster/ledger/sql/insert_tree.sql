INSERT INTO ledger.tree (level, first_node, hashes) VALUES (%(level)s, %(first_node)s, %(hashes)s)
