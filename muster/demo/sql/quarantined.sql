SELECT channel, source, raw, raw_sha256 FROM state.quarantine WHERE status = 'quarantined'
