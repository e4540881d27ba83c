SELECT DISTINCT run_id FROM ledger.open_intents WHERE abandoned_at IS NULL AND run_id IS NOT NULL;
