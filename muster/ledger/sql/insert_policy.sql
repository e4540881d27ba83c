INSERT INTO state.policy_versions (name, version, sha256, text, created_at)
SELECT %(name)s, coalesce(max(version), 0) + 1, %(sha256)s, %(text)s, %(now)s
FROM state.policy_versions
WHERE name = %(name)s
ON CONFLICT (name, sha256) DO NOTHING
RETURNING version
