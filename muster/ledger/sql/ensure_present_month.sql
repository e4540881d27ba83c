SELECT ledger.ensure_month((clock_timestamp() AT TIME ZONE 'UTC')::date)
