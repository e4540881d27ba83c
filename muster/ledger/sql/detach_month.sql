SELECT (gone).* FROM (SELECT ledger.detach_month(%(month)s, %(floor_days)s) AS gone) AS detached
