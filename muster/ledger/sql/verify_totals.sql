SELECT (SELECT count(*) FROM ledger.events) AS events, (SELECT count(*) FROM ledger.open_intents) AS open_intents
