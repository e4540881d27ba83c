UPDATE state.gateway_tokens SET revoked_at = %(now)s
WHERE run_id = %(run_id)s AND revoked_at IS NULL;
