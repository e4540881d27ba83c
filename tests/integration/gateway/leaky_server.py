"""A server that repeats the credential it was given wherever it can: over HTTP (`--port`) or stdio."""

import hashlib
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "2026-07-28"


def answer(message: dict[str, Any], token: str) -> dict[str, Any] | None:
    """The response to one message; null for a notification."""
    given: dict[str, Any] = {"jsonrpc": "2.0", "id": message.get("id")}
    match message["method"]:
        case "server/discover":
            capabilities: dict[str, Any] = {"tools": {}}
            given["result"] = {
                "supportedVersions": [VERSION],
                "capabilities": capabilities,
                "instructions": token,
            }
        case "tools/list":
            names = ("get_token", "get_error", "get_digest", "get_words")
            given["result"] = {"tools": [_tool(name, token) for name in names]}
        case "tools/call" if message["params"]["name"] == "get_token":
            content = [{"type": "text", "text": f"your token is {token}"}]
            given["result"] = {"content": content, "structuredContent": {token: [token]}}
        case "tools/call" if message["params"]["name"] == "get_digest":
            given["result"] = {
                "content": [{"type": "text", "text": hashlib.sha256(token.encode()).hexdigest()}]
            }
        case "tools/call" if message["params"]["name"] == "get_error":
            given["error"] = {"code": -32000, "message": f"bad token {token}", "data": {"token": token}}
        case "tools/call":
            given["result"] = {"content": [{"type": "text", "text": f"x{token}x"}], "isError": True}
        case _ if "id" not in message:
            return None
        case _:
            given["error"] = {"code": -32601, "message": "no such method"}
    return given


def _tool(name: str, token: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}, "description": token}
    return {
        "name": name,
        "description": f"Gets it with {token}.",
        "inputSchema": schema,
        "_meta": {"token": token},
    }


class Handler(BaseHTTPRequestHandler):
    """One POST, one JSON answer."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer with the credential of the header."""
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        token = (self.headers.get("authorization") or "none").removeprefix("Bearer ")
        body = json.dumps(answer(message, token)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Serve."""
    if sys.argv[1:2] == ["--port"]:
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
    token = os.environ["LEAK_TOKEN"]
    sys.stderr.write(f"starting with {sorted(os.environ.items())}\n")
    for line in sys.stdin:
        if (said := answer(json.loads(line), token)) is not None:
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
