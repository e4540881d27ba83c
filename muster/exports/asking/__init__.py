"""The record as an MCP server that answers questions and cannot write."""
