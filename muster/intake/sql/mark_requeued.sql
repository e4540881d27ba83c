UPDATE state.quarantine SET status = 'requeued', requeued_at = %(now)s WHERE quarantine_id = %(quarantine_id)s;
