SELECT agent AS client, token_sha256 FROM state.gateway_tokens
WHERE client AND revoked_at IS NULL AND expires_at > %(now)s AND starts_with(token_sha256, %(prefix)s)
ORDER BY token_sha256
FOR UPDATE
