SELECT ledger.ensure_month(%(day)s)
