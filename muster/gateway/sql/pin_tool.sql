INSERT INTO state.tool_registry AS pinned
    (server, tool, definition, definition_sha256, effect, status, capabilities, proposed, registered_at)
VALUES
    (%(server)s, %(tool)s, %(definition)s, %(definition_sha256)s, %(effect)s, %(status)s, %(capabilities)s,
     %(proposed)s, %(now)s)
ON CONFLICT (server, tool) DO UPDATE SET
    definition = excluded.definition,
    -- the definition a person last agreed to is kept for comparison
    previous_definition = CASE
        WHEN pinned.definition_sha256 = excluded.definition_sha256 THEN pinned.previous_definition
        WHEN pinned.status = 'active' THEN pinned.definition
        ELSE pinned.previous_definition
    END,
    definition_sha256 = excluded.definition_sha256,
    effect = excluded.effect,
    status = excluded.status,
    capabilities = excluded.capabilities,
    proposed = excluded.proposed,
    registered_at = excluded.registered_at
