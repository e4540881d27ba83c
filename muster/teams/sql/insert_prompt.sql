-- A new version, unless the newest one is the same text.
INSERT INTO state.prompt_versions (agent, version, text, sha256, created_at)
SELECT %(agent)s, coalesce(max(version), 0) + 1, %(text)s, %(sha256)s, %(created_at)s
FROM state.prompt_versions
WHERE agent = %(agent)s
HAVING coalesce((array_agg(sha256 ORDER BY version DESC))[1], '') <> %(sha256)s
RETURNING version
