"""The only door to a tool: an MCP server in front of MCP servers."""
