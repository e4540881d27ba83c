UPDATE state.gateway_tokens SET revoked_at = %(now)s
WHERE client AND agent = %(client)s AND revoked_at IS NULL AND expires_at > %(now)s
RETURNING token_sha256
