"""What a system serves besides tools, as the gate sees it: one more thing to grant, judge and record."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from muster.gateway.tool import PinnedTool

_ANY: Final = {"type": "object", "additionalProperties": True}
RECORDED: Final = frozenset(
    {"resources/read", "prompts/get", "completion/complete", "resources/subscribe", "resources/unsubscribe"}
)
"""Methods that go through the gate as calls do; lists are looked at without a record."""


@dataclass(frozen=True)
class PassedMethod(PinnedTool):
    """One method of one system, passed on as it is: a read, granted with the whole system."""

    @cached_property
    def name(self) -> str:
        """`<server>__<method>`: no tool has such a name, for a tool's name holds no slash."""
        return f"{self.server}__{self.upstream_name}"

    @property
    def granted_as(self) -> str:
        """`mcp:<server>`, which stands for everything a system serves besides tools."""
        return opened_by(self.server)


@cache
def passed(server: str, method: str) -> PassedMethod:
    """The method of that server as the gate sees it."""
    return PassedMethod(server, method, {"name": method, "inputSchema": _ANY}, "read")


def opened_by(server: str) -> str:
    """The grant that opens resources, prompts, completion, questions and subscriptions of a server."""
    return f"mcp:{server}"
