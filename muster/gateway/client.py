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
from muster.ledger.events import Effect

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
    effect: Effect = "destructive"
    """What it does to the world, as registered; the worst where the gateway does not say."""
    idempotent: bool = False
    """Whether a call may be made again: it only reads, or the system honours a key the gateway fills in."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What came of a call."""

    status: ReplyStatus
    text: str
    """What the model reads."""
    rule: str | None = None
    """The rule that refused; null when none did."""
    verdict: Literal["deny", "needs_approval"] | None = None
    halted_by: str | None = None
    """Whose pause refused the call: `fleet`, a team or `team/agent`; it can be made when that is over."""
    approval_id: str | None = None
    """The ticket under which the call waits for a person's word; null when it does not."""
    delivered: bool | None = None
    """After a transport error: false when the call never reached the system; null when nobody knows."""
    effect: Effect | None = None
    """What the tool does to the world; null when the call was refused."""
    idempotent: bool = False
    """Whether the call may be made again, as attempt `<call id>#2`, without a second effect."""


class GatewayError(PlatformError):
    """The gateway cannot be reached, knows no such token, or has no ledger.

    `delivered` is false when the gateway never got the request; null when nobody knows.
    """

    def __init__(self, what: str, *, do: str | None = None, delivered: bool | None = None) -> None:
        super().__init__(what, do=do)
        self.delivered = delivered


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
            self._tools = [_definition(tool) for tool in listed]
        return list(self._tools)

    async def call(
        self, name: str, arguments: Mapping[str, Any], *, call_id: str | None = None
    ) -> ToolOutcome:
        """Call a tool.

        Args:
            call_id: names the call in the ledger; at most 128 letters, digits and `_.:#-`. The second attempt
                at call `c` is `c#2`: it carries the same idempotency key.

        Raises:
            GatewayError: the gateway or its ledger is away, or the call was begun before under this id; what
                came of it stands in the ledger.
        """
        meta: dict[str, object] = {f"{OWN_META_PREFIX}errors_as_results": True}
        if call_id is not None:
            meta[f"{OWN_META_PREFIX}call_id"] = call_id
        params = {"name": name, "arguments": dict(arguments)}
        try:
            result = await self._modern.request(
                "tools/call", params, seconds=self._seconds, name=name, meta=meta
            )
        except UpstreamAwayError as error:
            raise GatewayError(str(error), do=_LOOK, delivered=None if error.delivered else False) from error
        except UpstreamAnswerError as error:
            if error.code == _INTERNAL_ERROR or (error.status or 0) >= _SERVER_ERROR:
                raise GatewayError(str(error), do=_LOOK) from error
            if error.status == _UNAUTHORIZED:
                text = f"refused ({live_run.RULE}): {TURNED_AWAY}"
                return ToolOutcome("refused", text, live_run.RULE, "deny")
            return ToolOutcome("transport_error", str(error), delivered=False if error.declined else None)
        return _outcome(result)


def _definition(tool: dict[str, Any]) -> ToolDefinition:
    own = _own(tool)
    return ToolDefinition(
        tool["name"],
        tool.get("description", ""),
        tool["inputSchema"],
        effect=own.get("effect", "destructive"),
        idempotent=own.get("idempotent", False),
    )


def _outcome(result: dict[str, Any]) -> ToolOutcome:
    own = _own(result)
    status: ReplyStatus = own.get("status", "tool_error" if result.get("isError") else "ok")
    return ToolOutcome(
        status,
        text_of(result),
        own.get("rule"),
        own.get("verdict"),
        halted_by=own.get("halted_by"),
        approval_id=own.get("approval_id"),
        delivered=own.get("delivered"),
        effect=own.get("effect"),
        idempotent=own.get("idempotent", False),
    )


def _own(holder: dict[str, Any]) -> dict[str, Any]:
    """What the gateway itself says in `_meta`."""
    return {key.removeprefix(OWN_META_PREFIX): value for key, value in holder.get("_meta", {}).items()}
