SELECT vkey, endorsement, added_at FROM ledger.keys ORDER BY added_at, key_id
