-- The events of a run a person would look at, in order.
SELECT event_id
FROM ledger.events
WHERE run_id = %(run_id)s
    AND kind IN (
        'tool_call.settled', 'tool_call.refused', 'model_call.refused', 'answer.rejected', 'handoff.made',
        'delegation.answered', 'confidence.assessed', 'intent.abandoned'
    )
ORDER BY run_seq
