"""What the gateway says of itself: to each caller, what it can use of the systems behind."""

import asyncio
import logging
from typing import Any

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.front import Front
from muster.gateway.protocol import MODERN_VERSION
from muster.gateway.speaker import Served
from muster.gateway.upstreams import Upstreams

_log = logging.getLogger(__name__)

_PASSED = ("resources", "prompts", "completions")


async def announced(front: Front, upstreams: Upstreams) -> dict[str, Any]:
    """`capabilities`, and the `instructions` of the one opened system; a system that is away has none."""
    served = await asyncio.gather(*(_served(front, upstreams, server) for server in sorted(front.opened)))
    capabilities: dict[str, Any] = {"tools": {"listChanged": True}}
    for one in served:
        for name in _PASSED:
            if (theirs := one.capabilities.get(name)) is not None:
                capabilities[name] = capabilities.get(name, {}) | {k: v for k, v in theirs.items() if v}
        if not front.is_modern and "logging" in one.capabilities:
            capabilities["logging"] = {}
    found: dict[str, Any] = {"capabilities": capabilities}
    if front.view is not None and served and served[0].instructions:
        found["instructions"] = served[0].instructions
    return found


async def discovered(front: Front, upstreams: Upstreams) -> dict[str, Any]:
    """The result of `server/discover`."""
    return {"supportedVersions": [MODERN_VERSION], **await announced(front, upstreams)}


async def _served(front: Front, upstreams: Upstreams, server: str) -> Served:
    try:
        return await upstreams.of(server).served(front.toward(server))
    except (UpstreamAwayError, UpstreamAnswerError) as error:
        _log.warning("what %s serves is not known: %s", server, error)
        return Served("unknown")
