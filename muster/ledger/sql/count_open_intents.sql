SELECT count(*) AS open_intents FROM ledger.open_intents
