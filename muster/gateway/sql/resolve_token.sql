-- Everything about a caller that may change between two calls, in one look. A client's grant holds as it stands now, a
-- run's as it stood when the run's token was made.
SELECT
    token.agent,
    token.team,
    token.run_id,
    token.task_id,
    CASE WHEN token.client THEN 'client@' || client.version ELSE token.policy_revision END AS policy_revision,
    token.client,
    CASE
        WHEN token.client THEN 0
        ELSE (
            SELECT count(*) FROM ledger.events event
            WHERE event.run_id = token.run_id AND event.kind IN ('tool_call.intended', 'tool_call.refused')
        )
    END AS calls_made,
    coalesce(
        (
            SELECT agent.agent FROM state.agents agent
            WHERE agent.agent = 'fleet' AND agent.status = 'paused'
                AND (agent.paused_until IS NULL OR agent.paused_until > clock_timestamp())
        ),
        (
            SELECT team.team FROM state.teams team
            WHERE team.team = token.team AND team.status = 'paused'
                AND (team.paused_until IS NULL OR team.paused_until > clock_timestamp())
        ),
        (
            SELECT agent.agent FROM state.agents agent
            WHERE agent.agent = token.team || '/' || token.agent AND agent.status = 'paused'
                AND (agent.paused_until IS NULL OR agent.paused_until > clock_timestamp())
        )
    ) AS halted_by,
    CASE
        WHEN token.client THEN client.phase
        ELSE (
            SELECT granted.phase FROM state.agent_phases granted
            WHERE granted.agent = token.team || '/' || token.agent
        )
    END AS phase,
    (SELECT count(*) || '/' || coalesce(max(registered_at)::text, '') FROM state.tool_registry) AS registry_revision
FROM state.gateway_tokens token
LEFT JOIN state.clients client ON token.client AND client.client = token.agent AND client.status = 'active'
WHERE token.token_sha256 = %(token_sha256)s AND token.revoked_at IS NULL AND token.expires_at > %(now)s
    AND (client.client IS NOT NULL OR NOT token.client)
