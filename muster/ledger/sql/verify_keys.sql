SELECT key_id, name, vkey, endorsement FROM ledger.keys ORDER BY added_at, key_id
