SELECT ledger.move_heads(%(heads)s::jsonb)
