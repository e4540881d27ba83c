INSERT INTO state.clients AS known (client, owner, tier, phase, tools, version, status, granted_at)
VALUES (%(client)s, %(owner)s, %(tier)s, %(phase)s, %(tools)s, 1, 'active', %(now)s)
ON CONFLICT (client) DO UPDATE SET
    owner = excluded.owner,
    tier = excluded.tier,
    phase = excluded.phase,
    tools = excluded.tools,
    version = known.version + 1,
    status = 'active',
    granted_at = excluded.granted_at
RETURNING *
