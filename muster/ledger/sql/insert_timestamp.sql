INSERT INTO ledger.timestamps (tree_size, authority, token, stamped_at)
VALUES (%(tree_size)s, %(authority)s, %(token)s, %(stamped_at)s)
ON CONFLICT DO NOTHING
