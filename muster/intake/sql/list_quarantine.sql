-- Oldest first; the bytes stay where they are.
SELECT quarantine_id, channel, source, name, reason, length(raw) AS size_bytes, created_at
FROM state.quarantine
WHERE status = 'quarantined'
ORDER BY created_at, quarantine_id;
