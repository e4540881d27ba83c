"""The MCP project's conformance harness against a server of ours, direct and through the gateway."""
