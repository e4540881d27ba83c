"""Lets in whoever shows a live token, and nobody else."""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from muster.gateway.protocol import session_owner
from muster.gateway.tokens import Presence, resolve, token_sha256
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger

PRESENCE: Final = "muster.presence"
"""Where handlers find the caller in a request's scope."""
_SHOWN: Final = "muster.token_sha256"
TURNED_AWAY: Final = "the token is unknown, revoked or expired"
_INTERNAL_ERROR: Final = -32603


class Door:
    """An ASGI app in front of the MCP endpoint: 401 without a live token, 503 while the ledger is away."""

    def __init__(self, app: ASGIApp, ledger: PostgresLedger) -> None:
        self._app = app
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        token = _bearer_token(scope)
        try:
            presence = None if token is None else await resolve(self._ledger, token)
        except LedgerUnavailableError as error:
            await _answer(send, 503, _ledger_away(error), {"retry-after": "2"})
            return
        if token is None or presence is None:
            await _turn_away(send, "no token" if token is None else TURNED_AWAY)
            return
        caller = presence.caller
        shown, view = token_sha256(token), scope.get("path_params", {}).get("server", "")
        # a session stays with its token and with the systems it was opened for
        user = session_owner(shown, f"{caller.team}/{caller.agent}/{view}")
        await self._app({**scope, "user": user, PRESENCE: presence, _SHOWN: shown}, receive, send)


def presence_in(scope: Mapping[str, Any]) -> Presence:
    """The caller of a request that came through the door."""
    presence: Presence = scope[PRESENCE]
    return presence


def token_in(scope: Mapping[str, Any]) -> str:
    """SHA-256 of the token a request came with."""
    shown: str = scope[_SHOWN]
    return shown


def _bearer_token(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else None
    return None


async def _turn_away(send: Send, why: str) -> None:
    challenge = f'Bearer error="invalid_token", error_description="{why}"'
    body = {"error": "invalid_token", "error_description": why}
    await _answer(send, 401, body, {"www-authenticate": challenge})


def _ledger_away(error: LedgerUnavailableError) -> dict[str, object]:
    message = f"no call is made: {error}"
    return {"jsonrpc": "2.0", "id": None, "error": {"code": _INTERNAL_ERROR, "message": message}}


async def _answer(send: Send, status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> None:
    content = json.dumps(body).encode()
    named = {"content-type": "application/json", "content-length": str(len(content)), **headers}
    start: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    await send(start)
    await send({"type": "http.response.body", "body": content})
