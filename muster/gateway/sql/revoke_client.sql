UPDATE state.clients SET status = 'revoked' WHERE client = %(client)s AND status = 'active' RETURNING client
