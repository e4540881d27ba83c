UPDATE state.gateway_tokens SET revoked_at = %(now)s
WHERE token_sha256 = %(token_sha256)s AND revoked_at IS NULL
RETURNING token_sha256
