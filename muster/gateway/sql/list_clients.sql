SELECT
    client.client,
    client.owner,
    client.tier,
    client.phase,
    client.tools,
    client.version,
    client.status,
    client.granted_at,
    (
        SELECT count(*) FROM state.gateway_tokens token
        WHERE token.client AND token.agent = client.client AND token.revoked_at IS NULL AND token.expires_at > %(now)s
    ) AS live_tokens
FROM state.clients client
ORDER BY client.client
