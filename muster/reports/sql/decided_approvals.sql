-- Approvals that came to a decision in the period, an expired one at the end of its time.
SELECT approval_id, task_id, team, agent, tool, array_to_string(rules, ',') AS rules,
    status IN ('approved', 'used') AS yes, decided_at
FROM state.approvals
WHERE status <> 'open' AND decided_at >= %(since)s AND decided_at < %(until)s
ORDER BY decided_at, approval_id
