-- Intents whose time is over, or all open ones of a run whose worker is gone; null takes any run.
SELECT event_id, kind, task_id, run_id, team, agent, call_id, reserved_usd
FROM ledger.open_intents
WHERE abandoned_at IS NULL
    AND CASE WHEN %(run_id)s::text IS NULL THEN expires_at <= clock_timestamp() ELSE run_id = %(run_id)s::text END
ORDER BY intended_at
LIMIT %(limit)s
