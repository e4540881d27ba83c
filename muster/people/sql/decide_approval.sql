UPDATE state.approvals
SET status = %(status)s, decided_at = %(now)s, decided_by = %(decided_by)s, note = %(note)s
WHERE approval_id = %(approval_id)s
