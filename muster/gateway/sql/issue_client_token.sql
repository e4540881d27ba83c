-- Its run is its own: what the client does with it is read as one run.
INSERT INTO state.gateway_tokens
    (token_sha256, agent, team, run_id, task_id, policy_revision, issued_at, expires_at, client, label)
SELECT
    %(token_sha256)s, client, 'client', %(run_id)s, NULL, 'client@' || version, %(now)s, %(expires_at)s, true, %(label)s
FROM state.clients
WHERE client = %(client)s AND status = 'active'
RETURNING run_id
