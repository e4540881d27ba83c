"""Which arguments of each tool its schema wants in headers, worked out once for each definition."""

from collections.abc import Mapping

from muster.gateway.protocol import param_header_map
from muster.gateway.tool import PinnedTool

Marks = Mapping[tuple[str, ...], str]


class ParamMarks:
    """The `x-mcp-header` marks of tools: the path of an argument to the end of its header's name."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Marks]] = {}

    def of(self, tool: PinnedTool) -> Marks:
        """The tool's marks; empty for nearly every tool."""
        known = self._known.get(tool.name)
        if known is None or known[0] is not tool.definition:
            known = (tool.definition, param_header_map(tool.input_schema))
            self._known[tool.name] = known
        return known[1]
