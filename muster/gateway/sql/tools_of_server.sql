SELECT tool, effect, status, definition, definition_sha256, previous_definition AS agreed, capabilities
FROM state.tool_registry
WHERE server = %(server)s
