-- The same bytes from the same place are kept once; gives no row when they are there.
INSERT INTO state.quarantine
    (quarantine_id, channel, source, name, reason, raw, raw_sha256, status, created_at)
VALUES
    (%(quarantine_id)s, %(channel)s, %(source)s, %(name)s, %(reason)s, %(raw)s, %(raw_sha256)s, 'quarantined', %(now)s)
ON CONFLICT (channel, source, raw_sha256) DO NOTHING
RETURNING quarantine_id;
