UPDATE state.approvals SET status = 'used', used_at = %(now)s, call_id = %(call_id)s WHERE approval_id = %(approval_id)s
