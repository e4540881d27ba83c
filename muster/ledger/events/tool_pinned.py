"""A tool's definition was pinned, quarantined or accepted."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event
from muster.ledger.events.tool_call_intended import Effect


class ToolPinned(Event):
    """A tool's definition was pinned, quarantined or accepted."""

    kind: Literal["tool.pinned"] = "tool.pinned"
    server: str
    tool: str
    definition_sha256: str
    effect: Effect
    status: Literal["active", "quarantined"]
    definition: dict[str, Any] | None = None
    """The pinned definition; null in records made before it was kept."""
    capabilities: str = ""
    """Canonical hash of the client capabilities it was listed under; empty where none matter."""
    proposed: dict[str, Any] | None = None
    """What the platform thinks it does, for the person who confirms; null when nothing is proposed."""
    accepted: bool = False
    """Whether a person agreed to it just now; what it is compared with is then forgotten."""
