"""Words of the MCP wire, and everything of the SDK that is not public: the file to mend on an upgrade.

`mcp` is pinned below 2.4. Used from its inside: the middleware of `Server` (provisional), the header codec
and the `x-mcp-header` map (`mcp.shared.inbound`), the user object a legacy session is bound to
(`mcp.server.auth.middleware`), and of a request's session the stream it came on (`_request_outbound`) and
the connection it belongs to (`_connection`). Sessions of the 2025 era are the SDK's own, but for the store of
their events (`_admit_session`, `_session_manager`).
"""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, get_args

import anyio
from mcp import MCPError
from mcp.server import Server, ServerRequestContext
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, AuthorizationContext
from mcp.server.auth.provider import AccessToken
from mcp.server.connection import Connection
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore, StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.inbound import (
    NAME_BEARING_METHODS,
    encode_header_value,
    find_invalid_x_mcp_header,
    mcp_param_headers,
    validate_mcp_param_headers,
    x_mcp_header_map,
)
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    LOG_LEVEL_META_KEY,
    METHOD_NOT_FOUND,
    PROTOCOL_VERSION_META_KEY,
    SERVER_INFO_META_KEY,
    UNSUPPORTED_PROTOCOL_VERSION,
    JSONRPCMessage,
    LoggingLevel,
)
from mcp_types.methods import CACHEABLE_METHODS, validate_client_request
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION
from starlette.types import ASGIApp

MODERN_VERSION: Final = LATEST_MODERN_VERSION
LEGACY_VERSION: Final = LATEST_HANDSHAKE_VERSION
LEGACY_VERSIONS: Final = frozenset(HANDSHAKE_PROTOCOL_VERSIONS)
_KEPT_EVENTS = 64
_RECONNECT_AFTER_MS = 500
LOG_LEVELS: Final[tuple[str, ...]] = get_args(LoggingLevel)
"""From the least to the most severe."""
RESERVED_META_PREFIX: Final = "io.modelcontextprotocol/"
SUBSCRIPTION_META_KEY: Final = f"{RESERVED_META_PREFIX}subscriptionId"
UNSUPPORTED_VERSION: Final = UNSUPPORTED_PROTOCOL_VERSION
OWN_META_PREFIX: Final = "muster/"
"""Keys of our own in `_meta`."""

IDENTITY: Final[Mapping[str, str]] = {"name": "muster", "title": "muster gateway", "version": "0.1.0"}
"""Who we are to servers and to clients."""
ENVELOPE: Final[Mapping[str, Any]] = {
    PROTOCOL_VERSION_META_KEY: MODERN_VERSION,
    CLIENT_CAPABILITIES_META_KEY: {},
    CLIENT_INFO_META_KEY: IDENTITY,
}
"""What every modern request carries in `_meta`; of a caller that answers no questions of servers."""


def request_headers(method: str, name: str | None, params: Mapping[str, str]) -> dict[str, str]:
    """The headers the modern era asks for, so that intermediaries need not read the body."""
    headers = {
        "mcp-protocol-version": MODERN_VERSION,
        "mcp-method": method,
        **params,
    }
    if name is not None:
        headers["mcp-name"] = encode_header_value(name)
    return headers


def named_in(method: str, params: Mapping[str, Any]) -> str | None:
    """What a request is about, as its `Mcp-Name` header says it; null where the method needs none."""
    key = NAME_BEARING_METHODS.get(method)
    name = None if key is None else params.get(key)
    return name if isinstance(name, str) else None


def param_header_map(input_schema: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """Which arguments, by their path, the tool's schema wants in which `Mcp-Param-*` headers."""
    if find_invalid_x_mcp_header(input_schema) is not None:
        return {}
    return dict(x_mcp_header_map(input_schema))


def param_headers(header_map: Mapping[tuple[str, ...], str], arguments: Mapping[str, Any]) -> dict[str, str]:
    """The `Mcp-Param-*` headers of one call."""
    return mcp_param_headers(header_map, arguments)


def header_problem(input_schema: Mapping[str, Any]) -> str | None:
    """Why a tool's `x-mcp-header` marks are invalid (such a tool must not be offered), or null."""
    return find_invalid_x_mcp_header(input_schema)


class SessionEvents(EventStore):
    """What one session was sent lately, for a client that reconnects.

    The SDK names streams by request id, which two sessions share: one store for all would mix their answers.
    """

    def __init__(self) -> None:
        self._sent: deque[tuple[int, str, JSONRPCMessage | None]] = deque(maxlen=_KEPT_EVENTS)
        self._last = 0

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """The id under which the client can ask for what comes after."""
        self._last += 1
        self._sent.append((self._last, stream_id, message))
        return str(self._last)

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send what came after on the same stream; null when the event is not known any more."""
        after = [sent for sent in self._sent if str(sent[0]) == last_event_id]
        if not after:
            return None
        last, stream_id, _ = after[0]
        for number, stream, message in list(self._sent):
            if number > last and stream == stream_id and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream_id


class _Sessions(StreamableHTTPSessionManager):
    """The SDK's sessions, each with events of its own."""

    def _admit_session(self, requestor: AuthorizationContext | None) -> StreamableHTTPServerTransport | None:
        self.event_store = SessionEvents()
        return super()._admit_session(requestor)


def serve_over_http(server: Server[Any], host: str, largest_body_bytes: int) -> ASGIApp:
    """The server's endpoint for both eras, as an ASGI app; sessions of the 2025 era can be gone on with."""
    server.streamable_http_app(host=host)
    server._session_manager = _Sessions(
        server,
        security_settings=server.session_manager.security_settings,
        retry_interval=_RECONNECT_AFTER_MS,
        max_request_body_size=largest_body_bytes,
    )
    return server.session_manager.handle_request


def session_owner(token_sha256: str, who: str) -> AuthenticatedUser:
    """The user a legacy session is bound to, so that no other token can go on with it."""
    return AuthenticatedUser(AccessToken(token=token_sha256, client_id=who, scopes=[], subject=token_sha256))


Context = ServerRequestContext[Any, Any]


async def tell(ctx: Context, method: str, params: Mapping[str, Any]) -> None:
    """Send a notification on the stream of the request; dropped when the caller is gone."""
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        await ctx.session._request_outbound.notify(method, dict(params))


async def ask(ctx: Context, method: str, params: Mapping[str, Any] | None, seconds: float) -> dict[str, Any]:
    """The answer of a 2025-era client to a question on the stream of its request.

    Raises:
        MCPError: it answered with an error, or not in time.
        NoBackChannelError: it cannot be asked.
    """
    return await ctx.session._request_outbound.send_raw_request(method, params, {"timeout": seconds})


def session_of(ctx: Context) -> Connection:
    """The connection a request of the 2025 era belongs to: keeps `state`, outlives the request."""
    return ctx.session._connection


async def tell_session(session: Connection, method: str, params: Mapping[str, Any]) -> None:
    """Send a notification on the session's own stream; dropped when the client reads none."""
    await session.notify(method, dict(params))


def check_request(ctx: Context) -> None:
    """Let pass only what the caller's version knows and a client may send now.

    Raises:
        MCPError: the version has no such method, or the handshake is still to come.
        ValidationError: the parameters are not what the version's schema says.
    """
    try:
        validate_client_request(ctx.method, ctx.protocol_version, ctx.params)
    except KeyError:
        raise unknown_method(ctx.method) from None
    if not session_of(ctx).initialize_accepted:
        raise MCPError(INVALID_PARAMS, "the session is not initialized", "")


def unknown_method(method: str) -> MCPError:
    """The error for a method that is not served to the caller."""
    return MCPError(METHOD_NOT_FOUND, "Method not found", method)


def check_param_headers(
    input_schema: Mapping[str, Any], arguments: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    """Let pass only `Mcp-Param-*` headers that say what the body says.

    Raises:
        MCPError: a header is missing, or says something else.
    """
    problem = validate_mcp_param_headers(input_schema, arguments, headers)
    if problem is not None:
        raise MCPError(problem.code, problem.message, problem.data)


__all__ = [
    "CACHEABLE_METHODS",
    "CLIENT_CAPABILITIES_META_KEY",
    "ENVELOPE",
    "IDENTITY",
    "INTERNAL_ERROR",
    "INVALID_PARAMS",
    "LEGACY_VERSION",
    "LEGACY_VERSIONS",
    "LOG_LEVELS",
    "LOG_LEVEL_META_KEY",
    "MODERN_VERSION",
    "OWN_META_PREFIX",
    "RESERVED_META_PREFIX",
    "SERVER_INFO_META_KEY",
    "SUBSCRIPTION_META_KEY",
    "UNSUPPORTED_VERSION",
    "Context",
    "ask",
    "check_param_headers",
    "check_request",
    "header_problem",
    "named_in",
    "param_header_map",
    "param_headers",
    "request_headers",
    "serve_over_http",
    "session_of",
    "session_owner",
    "tell",
    "tell_session",
    "unknown_method",
]
