"""One request of a caller, and the caller's side of what follows from it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from mcp import MCPError

from muster.gateway.changes import Changes
from muster.gateway.door import presence_in, token_in
from muster.gateway.errors import UpstreamAnswerError
from muster.gateway.exchange import NOBODY, CannotAskError, Exchange, Params, Questions
from muster.gateway.protocol import (
    CLIENT_CAPABILITIES_META_KEY,
    INTERNAL_ERROR,
    LEGACY_VERSIONS,
    OWN_META_PREFIX,
    RESERVED_META_PREFIX,
    Context,
    ask,
    session_of,
    tell,
)
from muster.gateway.tokens import Presence
from muster.gateway.under_way import log_level_in

_ANSWER_SECONDS = 600.0
_DECLARED_AS: Final = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
_FOR_ALL: Final = frozenset({"progressToken", "traceparent", "tracestate", "baggage"})
"""What of a caller's `_meta` goes on even where the system is not opened to it."""
_LEVEL, _CAPABILITIES = "muster.log_level", "muster.capabilities"
_EVERY_LEVEL = "debug"


@dataclass(frozen=True)
class Front:
    """A request, who makes it, and what it can see."""

    ctx: Context
    presence: Presence
    opened: frozenset[str]
    """Systems the caller may use beyond their tools."""
    view: str | None
    """The one system the endpoint shows under its own names; null: all."""
    owner: str
    """Whose conversations with systems these are: one token's, and one session's in the 2025 era."""
    changes: Changes = field(repr=False)

    @cached_property
    def is_modern(self) -> bool:
        """Whether the caller speaks 2026-07-28 or later."""
        return self.ctx.protocol_version not in LEGACY_VERSIONS

    @cached_property
    def params(self) -> Params:
        """The request's parameters."""
        return self.ctx.params or {}

    @cached_property
    def meta(self) -> Mapping[str, Any]:
        """The request's `_meta`."""
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}

    @cached_property
    def capabilities(self) -> Params:
        """What the caller declared it can be asked."""
        if self.is_modern:
            declared = self.meta.get(CLIENT_CAPABILITIES_META_KEY)
        else:
            declared = session_of(self.ctx).state.get(_CAPABILITIES)
        return declared if isinstance(declared, dict) else {}

    @cached_property
    def can_be_asked(self) -> bool:
        """Whether the caller declared anything it can be asked."""
        return any(name in self.capabilities for name in _DECLARED_AS.values())

    @property
    def log_level(self) -> str | None:
        """The least severe log message the caller wants now; null: none."""
        if self.is_modern:
            return log_level_in(self.meta)
        level = session_of(self.ctx).state.get(_LEVEL, _EVERY_LEVEL)
        return str(level)

    def remember(self, capabilities: object) -> None:
        """Keep what a client of the 2025 era declared in its handshake."""
        session_of(self.ctx).state[_CAPABILITIES] = capabilities

    def set_level(self, level: object) -> None:
        """Keep the log level a client of the 2025 era wants from now on."""
        session_of(self.ctx).state[_LEVEL] = level

    def toward(self, server: str) -> Exchange:
        """The caller's side of a request to that system."""
        if server in self.opened:
            return OpenExchange(self, server)
        kept = {key: value for key, value in self.meta.items() if key in _FOR_ALL}
        return ClosedExchange(self.ctx, kept) if kept else NOBODY


class ClosedExchange(Exchange):
    """A caller who may only use tools: it is told of progress and can be asked nothing."""

    def __init__(self, ctx: Context, meta: Params) -> None:
        self._ctx = ctx
        self.meta = meta

    async def tell(self, method: str, params: Params) -> None:
        """Pass a notification on, on the request's own stream."""
        await tell(self._ctx, method, params)

    async def pause(self) -> None:
        """Close the stream of a 2025-era request that can be gone on with; see `Exchange`."""
        if self._ctx.close_sse_stream is not None:
            await self._ctx.close_sse_stream()


class OpenExchange(ClosedExchange):
    """A caller to whom the system is opened: it is told and, in the 2025 era, asked amid a call."""

    def __init__(self, front: Front, server: str) -> None:
        theirs = (RESERVED_META_PREFIX, OWN_META_PREFIX)
        meta = {key: value for key, value in front.meta.items() if not key.startswith(theirs)}
        super().__init__(front.ctx, meta)
        self._server = server
        self._changes = front.changes
        self._is_modern = front.is_modern
        self.owner = front.owner
        self.capabilities = front.capabilities
        self.log_level = front.log_level
        self.in_sessions = not front.is_modern
        if "inputResponses" in front.params:
            self.first_words = {"inputResponses": front.params["inputResponses"]}

    async def changed(self, method: str, params: Params) -> None:
        """Pass on that something changed, to wherever the caller listens."""
        await self._changes.happened(self.owner or "", self._server, method, params)

    async def ask(self, questions: Questions) -> dict[str, Any]:
        """The caller's answers; see `Exchange`."""
        self.check(questions)
        if self._is_modern and questions:
            raise CannotAskError("a client of this era is asked with the answer to its request")
        answers = await asyncio.gather(*(self._asked(question) for question in questions.values()))
        return dict(zip(questions, answers, strict=True))

    def check(self, questions: Questions) -> None:
        """Let pass only what the caller declared.

        Raises:
            CannotAskError: it did not declare that it can be asked this.
        """
        for question in questions.values():
            method = str(question.get("method"))
            needed = _DECLARED_AS.get(method)
            if needed is None or needed not in self.capabilities:
                raise CannotAskError(f"the caller did not declare that it can be asked {method}")

    async def _asked(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await ask(self._ctx, str(question["method"]), question.get("params"), _ANSWER_SECONDS)
        except MCPError as error:
            raise UpstreamAnswerError(
                error.error.message, code=error.error.code, data=error.error.data
            ) from error


def front_of(ctx: Context, opened: frozenset[str], presence: Presence, changes: Changes) -> Front:
    """The request behind a context.

    Raises:
        MCPError: it did not come over HTTP.
    """
    scope = _scope(ctx)
    view = scope.get("path_params", {}).get("server")
    session = session_of(ctx).session_id
    owner = f"{token_in(scope)}/{view or ''}/{session or ''}"
    return Front(ctx, presence, opened if view is None else opened & {view}, view, owner, changes)


def presence_of(ctx: Context) -> Presence:
    """Who makes a request.

    Raises:
        MCPError: it did not come over HTTP.
    """
    return presence_in(_scope(ctx))


def _scope(ctx: Context) -> Mapping[str, Any]:
    if ctx.request is None:
        raise MCPError(INTERNAL_ERROR, "the gateway is reached over HTTP only")
    scope: Mapping[str, Any] = ctx.request.scope
    return scope
