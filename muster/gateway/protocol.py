"""Words of the MCP wire, and everything of the SDK that is not public: the file to mend on an upgrade.

`mcp` is pinned below 2.4. Used from its inside: the header codec and the `x-mcp-header` map
(`mcp.shared.inbound`) and the user object a legacy session is bound to (`mcp.server.auth.middleware`).
"""

from collections.abc import Mapping
from typing import Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.shared.inbound import (
    encode_header_value,
    find_invalid_x_mcp_header,
    mcp_param_headers,
    x_mcp_header_map,
)
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    CONNECTION_CLOSED,
    PROTOCOL_VERSION_META_KEY,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from mcp_types.version import LATEST_MODERN_VERSION

MODERN_VERSION: Final = LATEST_MODERN_VERSION
UNSUPPORTED_VERSION: Final = UNSUPPORTED_PROTOCOL_VERSION
OWN_META_PREFIX: Final = "muster/"
"""Keys of our own in `_meta`."""

ENVELOPE: Final[Mapping[str, Any]] = {
    PROTOCOL_VERSION_META_KEY: MODERN_VERSION,
    CLIENT_CAPABILITIES_META_KEY: {},
    CLIENT_INFO_META_KEY: {"name": "muster", "version": "0.1.0"},
}
"""What every modern request carries in `_meta`: we speak this version and answer no questions of servers."""


def request_headers(method: str, name: str | None, params: Mapping[str, str]) -> dict[str, str]:
    """The headers the modern era asks for, so that intermediaries need not read the body."""
    headers = {
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": MODERN_VERSION,
        "mcp-method": method,
        **params,
    }
    if name is not None:
        headers["mcp-name"] = encode_header_value(name)
    return headers


def param_headers(input_schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    """The `Mcp-Param-*` headers the tool's schema asks for."""
    if find_invalid_x_mcp_header(input_schema) is not None:
        return {}
    return mcp_param_headers(x_mcp_header_map(input_schema), arguments)


def header_problem(input_schema: Mapping[str, Any]) -> str | None:
    """Why a tool's `x-mcp-header` marks are invalid (such a tool must not be offered), or null."""
    return find_invalid_x_mcp_header(input_schema)


def session_owner(token_sha256: str, who: str) -> AuthenticatedUser:
    """The user a legacy session is bound to, so that no other token can go on with it."""
    return AuthenticatedUser(AccessToken(token=token_sha256, client_id=who, scopes=[], subject=token_sha256))


__all__ = [
    "CONNECTION_CLOSED",
    "ENVELOPE",
    "MODERN_VERSION",
    "OWN_META_PREFIX",
    "UNSUPPORTED_VERSION",
    "header_problem",
    "param_headers",
    "request_headers",
    "session_owner",
]
