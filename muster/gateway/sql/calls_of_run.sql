-- A run's tool calls and their outcomes, from where the reader stands.
SELECT run_seq, kind, agent, body
FROM ledger.events
WHERE run_id = %(run_id)s AND run_seq > %(through)s 
    AND kind IN ('tool_call.intended', 'tool_call.refused', 'tool_call.settled')
ORDER BY run_seq
