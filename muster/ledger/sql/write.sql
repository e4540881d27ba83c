SELECT verdict, detail FROM ledger.write(%(batch)s::jsonb)
