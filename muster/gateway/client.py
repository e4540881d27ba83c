"""What the agent runtime uses to see and call tools: a small client of the gateway, one POST a call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from muster.core.errors import PlatformError
from muster.gateway.door import TURNED_AWAY
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.http_pool import HttpPool
from muster.gateway.modern import ModernClient
from muster.gateway.policy import live_run
from muster.gateway.protocol import OWN_META_PREFIX
from muster.gateway.reply import ReplyStatus, text_of

_UNAUTHORIZED = 401
_SERVER_ERROR = 500
_INTERNAL_ERROR = -32603
_LOOK = "see that the HTTP app is up: muster status"


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool as a model is told of it."""

    name: str
    description: str
    input_schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What came of a call."""

    status: ReplyStatus
    text: str
    """What the model reads."""
    rule: str | None = None
    """The rule that refused; null when none did."""
    verdict: Literal["deny", "needs_approval"] | None = None


class GatewayError(PlatformError):
    """The gateway cannot be reached, knows no such token, or has no ledger."""


class GatewayClient:
    """One agent run's way to its tools; never repeats a call by itself.

    Clients of one event loop may share an `HttpPool`; whoever made it closes it.
    """

    def __init__(self, url: str, token: str, *, http: HttpPool | None = None, seconds: float = 60.0) -> None:
        self._http = http if http is not None else HttpPool(most_idle=8)
        self._http_is_ours = http is None
        self._seconds = seconds
        secret = {"authorization": f"Bearer {token}"}
        self._modern = ModernClient("gateway", url, self._http, headers=secret)
        self._tools: list[ToolDefinition] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close connections of its own; a shared pool stays open."""
        if self._http_is_ours:
            await self._http.aclose()

    async def list_tools(self) -> list[ToolDefinition]:
        """The tools this run may see; asked for once.

        Raises:
            GatewayError: the gateway is away, or the token holds no longer.
        """
        if self._tools is None:
            try:
                listed = await self._modern.list_tools(seconds=self._seconds)
            except (UpstreamAwayError, UpstreamAnswerError) as error:
                raise GatewayError(str(error), do=_LOOK) from error
            self._tools = [
                ToolDefinition(tool["name"], tool.get("description", ""), tool["inputSchema"])
                for tool in listed
            ]
        return list(self._tools)

    async def call(
        self, name: str, arguments: Mapping[str, Any], *, call_id: str | None = None
    ) -> ToolOutcome:
        """Call a tool; `call_id` names the call in the ledger.

        Raises:
            GatewayError: the gateway or its ledger is away; whether the call was made stands in the ledger.
        """
        meta = {} if call_id is None else {f"{OWN_META_PREFIX}call_id": call_id}
        params = {"name": name, "arguments": dict(arguments)}
        try:
            result = await self._modern.request(
                "tools/call", params, seconds=self._seconds, name=name, meta=meta
            )
        except UpstreamAwayError as error:
            raise GatewayError(str(error), do=_LOOK) from error
        except UpstreamAnswerError as error:
            if error.code == _INTERNAL_ERROR or (error.status or 0) >= _SERVER_ERROR:
                raise GatewayError(str(error), do=_LOOK) from error
            if error.status == _UNAUTHORIZED:
                text = f"refused ({live_run.RULE}): {TURNED_AWAY}"
                return ToolOutcome("refused", text, live_run.RULE, "deny")
            return ToolOutcome("transport_error", str(error))
        return _outcome(result)


def _outcome(result: dict[str, Any]) -> ToolOutcome:
    own = {key.removeprefix(OWN_META_PREFIX): value for key, value in result.get("_meta", {}).items()}
    status: ReplyStatus = own.get("status", "tool_error" if result.get("isError") else "ok")
    return ToolOutcome(status, text_of(result), own.get("rule"), own.get("verdict"))
