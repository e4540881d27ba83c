-- Agents (`team/agent`) and `fleet`, where a halt is in force now.
SELECT agent AS who, status, reason FROM state.agents
WHERE status = 'draining'
    OR (status = 'paused' AND (paused_until IS NULL OR paused_until > clock_timestamp()))
