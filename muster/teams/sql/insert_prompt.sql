INSERT INTO state.prompt_versions (agent, transaction_type, version, text, sha256, origin, created_at)
SELECT %(agent)s, %(transaction_type)s, coalesce(max(version), 0) + 1, %(text)s, %(sha256)s, %(origin)s,
    %(created_at)s
FROM state.prompt_versions
WHERE agent = %(agent)s AND transaction_type = %(transaction_type)s
RETURNING version
