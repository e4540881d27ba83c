SELECT tool, definition_sha256, effect, status FROM state.tool_registry WHERE server = %(server)s
