SELECT server, tool, definition, definition_sha256, effect, status, proposed, registered_at
FROM state.tool_registry
ORDER BY server, tool
