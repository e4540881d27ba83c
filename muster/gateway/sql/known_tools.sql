SELECT server, tool, effect FROM state.tool_registry WHERE status = 'active' ORDER BY server, tool
