SELECT quarantine_id, channel, source, name, raw, status, created_at
FROM state.quarantine
WHERE quarantine_id = %(quarantine_id)s
FOR UPDATE;
