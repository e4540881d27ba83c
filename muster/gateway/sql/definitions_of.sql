SELECT tool, definition, previous_definition, effect, status, proposed
FROM state.tool_registry
WHERE server = %(server)s
ORDER BY tool
