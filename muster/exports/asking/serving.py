"""Serves the record's MCP server: over standard input and output, or over HTTP to who has the token."""

import hmac
from typing import Any, Final

from mcp.server import MCPServer
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL: Final = "127.0.0.1"
"""The one address it listens on: whoever wants it elsewhere puts a proxy with TLS in front."""
TOKEN_FILE: Final = "ledger_reader_token"  # noqa: S105 a file's name
"""The file below MUSTER_HOME/secrets that has the token."""
_LARGEST_BODY: Final = 65_536


class BearerToken:
    """Lets requests through that carry the token, and no others."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._allowed(scope):
            await self._app(scope, receive, send)
            return
        refusal = JSONResponse(
            {"error": "a bearer token is needed"}, status_code=401, headers={"WWW-Authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(sent) == 1 and hmac.compare_digest(sent[0], self._expected)


def http_app(server: MCPServer[Any], token: str) -> ASGIApp:
    """The server as an ASGI app at `/mcp`, for both protocol eras."""
    app = server.streamable_http_app(
        json_response=True, stateless_http=True, max_request_body_size=_LARGEST_BODY, host=LOCAL
    )
    return BearerToken(app, token)


async def serve_over_http(server: MCPServer[Any], token: str, port: int) -> None:
    """Serve until stopped.

    Raises:
        SystemExit: the port is taken; uvicorn has said so.
    """
    import uvicorn

    config = uvicorn.Config(http_app(server, token), host=LOCAL, port=port, log_level="warning")
    await uvicorn.Server(config).serve()
