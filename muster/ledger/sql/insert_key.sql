INSERT INTO ledger.keys (key_id, name, vkey, endorsement, added_at)
VALUES (%(key_id)s, %(name)s, %(vkey)s, %(endorsement)s, %(added_at)s)
