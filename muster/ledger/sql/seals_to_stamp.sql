-- The newest seal, and those after the first stamp that have none; of the newest 3,000 (two days) only.
SELECT recent.tree_size, recent.checkpoint
FROM (SELECT tree_size, checkpoint FROM ledger.seals ORDER BY tree_size DESC LIMIT 3000) AS recent
WHERE NOT EXISTS (SELECT FROM ledger.timestamps AS made WHERE made.tree_size = recent.tree_size)
    AND (recent.tree_size > (SELECT min(made.tree_size) FROM ledger.timestamps AS made)
        OR recent.tree_size = (SELECT max(seal.tree_size) FROM ledger.seals AS seal))
ORDER BY recent.tree_size DESC
LIMIT %(most)s
