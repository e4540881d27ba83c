SELECT body::jsonb #>> '{payload,call_id}' AS call_id FROM ledger.events
WHERE run_id = %(run_id)s AND kind = 'approval.used' AND body::jsonb #>> '{payload,approval_id}' = %(approval_id)s
LIMIT 1
