"""Lists: tools as the registry pins them, everything else as the opened systems give it."""

import asyncio
import logging
from typing import Any, Final

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.front import Front
from muster.gateway.names import named, prompt_named
from muster.gateway.protocol import unknown_method
from muster.gateway.tool import PinnedTool
from muster.gateway.upstreams import Upstreams

_log = logging.getLogger(__name__)

KINDS: Final = {
    "resources/list": "resources",
    "resources/templates/list": "resourceTemplates",
    "prompts/list": "prompts",
}
_TTL_MS = 60_000
_MOST_PAGES = 100


def tools_listed(front: Front, offered: list[PinnedTool]) -> dict[str, Any]:
    """The tools of the caller's view, whole and in order of name, whichever connection asks."""
    if front.view is None:
        tools = [tool.offered for tool in offered]
    else:
        tools = [
            {**tool.offered, "name": tool.upstream_name} for tool in offered if tool.server == front.view
        ]
    return {"tools": tools, "ttlMs": _TTL_MS}


async def listed(front: Front, upstreams: Upstreams, method: str) -> dict[str, Any]:
    """A page of the one system's list, or all pages of all opened systems; those that are away are left out.

    Raises:
        MCPError: nothing is opened to the caller.
        UpstreamAwayError: the one system is away.
        UpstreamAnswerError: it answers with an error.
    """
    if not front.opened:
        raise unknown_method(method)
    if front.view is not None:
        params = {key: value for key, value in front.params.items() if key != "_meta"}
        return await upstreams.of(front.view).look(method, params, front.toward(front.view))
    kind = KINDS[method]
    parts = await asyncio.gather(
        *(_all_of(front, upstreams, server, method, kind) for server in sorted(front.opened))
    )
    return {kind: [item for part in parts for item in part]}


async def _all_of(
    front: Front, upstreams: Upstreams, server: str, method: str, kind: str
) -> list[dict[str, Any]]:
    shown = prompt_named if kind == "prompts" else named
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {}
    try:
        for _ in range(_MOST_PAGES):
            page = await upstreams.of(server).look(method, params, front.toward(server))
            found += [shown(None, server, item) for item in page.get(kind) or []]
            if not isinstance(cursor := page.get("nextCursor"), str):
                break
            params = {"cursor": cursor}
    except (UpstreamAwayError, UpstreamAnswerError) as error:
        _log.info("%s of %s are left out: %s", kind, server, error)
    return found
