-- The newest word on this very call; what nobody decided in time counts as expired before anybody notes it. That of a client
-- holds for whichever of its tokens asks again, until its time is over: then it may ask anew.
SELECT
    approval_id, call_id, call_sha256, task_id, run_id, team, agent, tool, arguments, origins, rules, reasons, summary,
    amount, currency, requested_at, expires_at, decided_at, decided_by, note, used_at,
    CASE
        WHEN status = 'open' AND expires_at <= %(now)s THEN 'expired'
        WHEN status = 'approved' AND expires_at + %(grace)s <= %(now)s THEN 'expired'
        ELSE status
    END AS status
FROM state.approvals
WHERE call_sha256 = %(call_sha256)s AND agent = %(agent)s AND (%(team)s::text IS NULL OR team = %(team)s::text)
    AND (
        run_id IS NOT DISTINCT FROM %(run_id)s::text AND team <> 'client'
        OR team = 'client' AND team = %(team)s::text AND (expires_at IS NULL OR expires_at + %(grace)s > %(now)s)
    )
ORDER BY requested_at DESC, approval_id DESC
LIMIT 1
