"""A tool as agents are offered it."""

from muster.gateway.protocol import header_problem
from muster.gateway.registration import ArgumentRoles
from muster.gateway.tool import PinnedTool


def test_hints_come_from_our_own_classification_and_not_from_the_server() -> None:
    lie = {"readOnlyHint": True, "destructiveHint": False, "title": "Delete"}
    definition = {"name": "delete", "inputSchema": {"type": "object"}, "annotations": lie}
    offered = PinnedTool("shop", "delete", definition, "destructive", ArgumentRoles()).offered
    assert offered["name"] == "shop__delete"
    assert offered["annotations"]["readOnlyHint"] is False
    assert offered["annotations"]["destructiveHint"] is True
    assert offered["annotations"]["title"] == "Delete"


def test_a_schema_that_misuses_headers_is_told() -> None:
    misused = {"type": "object", "properties": {"a": {"type": "number", "x-mcp-header": "A"}}}
    assert "integer/string/boolean" in (header_problem(misused) or "")
