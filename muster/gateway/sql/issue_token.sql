-- A token holds for the team version that is active now.
INSERT INTO state.gateway_tokens
    (token_sha256, agent, team, run_id, task_id, policy_revision, issued_at, expires_at)
SELECT
    %(token_sha256)s, %(agent)s, team, %(run_id)s, %(task_id)s, team || '@' || active_version,
    %(issued_at)s, %(expires_at)s
FROM state.teams
WHERE team = %(team)s
RETURNING policy_revision
