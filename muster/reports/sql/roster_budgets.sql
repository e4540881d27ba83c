SELECT scope, reserved_usd, spent_usd, calls FROM state.budgets
WHERE scope = ANY (%(scopes)s) AND period = %(day)s
