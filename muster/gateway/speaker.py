"""One way of talking to a system, whichever era and transport it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from muster.gateway.errors import UpstreamAnswerError
from muster.gateway.exchange import NOBODY, Exchange

_MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class Served:
    """What a system says of itself when a conversation begins."""

    era: str
    """`modern` (2026-07-28) or `legacy` (2025 and before)."""
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    instructions: str | None = None


class Speaker(Protocol):
    """Speaks to one system for one caller, or for all that declare nothing."""

    era: str

    async def request(
        self,
        method: str,
        params: Mapping[str, Any],
        *,
        seconds: float,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        exchange: Exchange = NOBODY,
    ) -> dict[str, Any]:
        """The result of one request.

        Raises:
            UpstreamAwayError: the system cannot be reached, broke off or took longer than `seconds`.
            UpstreamAnswerError: it answered with an error, or with something that is not MCP.
        """
        ...

    async def served(self, *, seconds: float) -> Served:
        """What the system says of itself.

        Raises:
            UpstreamAwayError: it cannot be reached.
            UpstreamAnswerError: it speaks neither era.
        """
        ...

    async def close(self) -> None:
        """Let go of what the conversation holds."""
        ...


async def listed(speaker: Speaker, server: str, method: str, *, seconds: float) -> list[dict[str, Any]]:
    """Everything a list of the system holds, page by page.

    Raises:
        UpstreamAwayError: the system cannot be reached.
        UpstreamAnswerError: it answers with an error, or its pages do not end.
    """
    kind = {"tools/list": "tools"}[method]
    found: list[dict[str, Any]] = []
    cursors: list[str | None] = [None]
    while True:
        params = {} if cursors[-1] is None else {"cursor": cursors[-1]}
        page = await speaker.request(method, params, seconds=seconds)
        found += page.get(kind) or []
        cursor = page.get("nextCursor")
        if not isinstance(cursor, str):
            return found
        if cursor in cursors or len(cursors) > _MOST_PAGES:
            raise UpstreamAnswerError(f"the list of {kind} of {server} does not end")
        cursors.append(cursor)
