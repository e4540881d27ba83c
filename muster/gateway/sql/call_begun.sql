SELECT event_id FROM ledger.events
WHERE run_id = %(run_id)s
    AND kind = 'tool_call.intended'
    AND body::jsonb #>> '{payload,call_id}' = %(call_id)s
LIMIT 1
