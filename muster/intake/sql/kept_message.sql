SELECT quarantine_id FROM state.quarantine
WHERE channel = %(channel)s AND source = %(source)s AND raw_sha256 = %(raw_sha256)s;
