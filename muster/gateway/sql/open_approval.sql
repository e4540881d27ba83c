SELECT approval_id FROM state.approvals
WHERE call_sha256 = %(call_sha256)s AND team = %(team)s AND agent = %(agent)s
    AND (run_id IS NOT DISTINCT FROM %(run_id)s::text OR team = 'client')
    AND status = 'open' AND (expires_at IS NULL OR expires_at > %(now)s)
ORDER BY requested_at DESC, approval_id DESC
LIMIT 1
