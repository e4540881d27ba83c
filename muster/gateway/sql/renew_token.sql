-- A new token for the run another one stands for, with the same rights; none when that one was revoked.
INSERT INTO state.gateway_tokens
    (token_sha256, agent, team, run_id, task_id, policy_revision, issued_at, expires_at)
SELECT
    %(token_sha256)s, agent, team, run_id, task_id, policy_revision, %(issued_at)s, %(expires_at)s
FROM state.gateway_tokens
WHERE token_sha256 = %(former_sha256)s AND revoked_at IS NULL AND NOT client
RETURNING policy_revision
