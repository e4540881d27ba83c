UPDATE state.quarantine SET reason = %(reason)s WHERE quarantine_id = %(quarantine_id)s;
