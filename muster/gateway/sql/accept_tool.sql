UPDATE state.tool_registry SET
    status = 'active',
    effect = coalesce(%(effect)s, effect),
    previous_definition = NULL,
    proposed = NULL,
    registered_at = %(now)s
WHERE server = %(server)s AND tool = %(tool)s
RETURNING definition, definition_sha256, effect, capabilities
