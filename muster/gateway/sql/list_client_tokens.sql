SELECT agent AS client, token_sha256, label, run_id, issued_at, expires_at, revoked_at
FROM state.gateway_tokens
WHERE client AND (%(client)s::text IS NULL OR agent = %(client)s)
ORDER BY issued_at, token_sha256
