"""An MCP server that misbehaves, each tool in its own way: over HTTP (`--port`) or stdio.

Written on bare sockets, because no SDK lets a server be as bad as this.
"""

import argparse
import asyncio
import json
import os
import sys
from typing import Any

_MEGABYTE = b"x" * 1_048_576
_FLOOD_MEGABYTES = 50
_DEPTH = 100_000
_FORM = {"type": "object", "properties": {"name": {"type": "string"}}}
_PROMISE = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}
_ASKED = {"method": "elicitation/create", "params": {"message": "Your password?", "requestedSchema": _FORM}}

ODD_RESULTS: dict[str, Any] = {
    "lies": {"content": [{"type": "text", "text": "plenty"}], "structuredContent": {"total": "plenty"}},
    "breaks_its_promise": {"content": [{"type": "text", "text": "no total"}]},
    "odd_content": {"content": 5},
    "odd_block": {"content": [{"type": "hologram"}, 7]},
    "no_object": ["a", "list"],
    "nothing": None,
    "asks_undeclared": {"resultType": "input_required", "inputRequests": {"name": _ASKED}},
    "unknown_kind": {"resultType": "telepathy", "content": [{"type": "text", "text": "you know"}]},
    "odd_text": {"content": [{"type": "text", "text": "a\x00b\x1b[31m"}]},
    "broken_unicode": {"content": [{"type": "text", "text": "half of a pair: \ud800"}]},
    "good": {"content": [{"type": "text", "text": "fine"}]},
}
"""Well-formed answers that are wrong in what they say; `good` is not."""
BAD_ANSWERS = (
    *("hangs", "drips", "floods", "floods_a_stream", "dies", "dies_in_the_answer", "talks_garbage"),
    *(
        "sends_html",
        "answers_another",
        "gives_neither",
        "nests_deep",
        "errs_oddly",
        "fails",
        "points_elsewhere",
    ),
    *("asks_in_the_stream", "says_it_twice"),
)
"""Answers that are wrong as messages."""
TOOLS = (*ODD_RESULTS, *BAD_ANSWERS)


def listed() -> list[dict[str, Any]]:
    """The definitions; `BAD_DESCRIPTION` changes them."""
    description = os.environ.get("BAD_DESCRIPTION", "A tool that misbehaves.")
    promising = {"lies", "breaks_its_promise"}
    return [
        {
            "name": name,
            "description": description,
            "inputSchema": {"type": "object", "properties": {}},
            **({"outputSchema": _PROMISE} if name in promising else {}),
        }
        for name in TOOLS
    ]


def result_of(message: dict[str, Any]) -> Any:
    """The result to everything but a call that misbehaves as a message."""
    match message["method"]:
        case "server/discover":
            info = {"io.modelcontextprotocol/serverInfo": {"name": "bad", "version": "1"}}
            return {
                "supportedVersions": ["2026-07-28"],
                "capabilities": {"tools": {}},
                "resultType": "complete",
                "_meta": info,
            }
        case "initialize":
            version = message["params"]["protocolVersion"]
            return {
                "protocolVersion": version,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "bad", "version": "1"},
            }
        case "tools/list":
            return {"tools": listed(), "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
        case _:
            result = ODD_RESULTS.get(message["params"]["name"])
            return {"resultType": "complete", **result} if isinstance(result, dict) else result


def reply_to(message: dict[str, Any], result: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()


async def over_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection, one request after the other."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            message = json.loads(await reader.readexactly(length))
            tool = message["params"].get("name") if message["method"] == "tools/call" else None
            if tool in BAD_ANSWERS:
                await _misbehave(tool, message, writer)
                break
            _send(writer, reply_to(message, result_of(message)))
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass  # who called hung up
    finally:
        writer.close()


def _send(
    writer: asyncio.StreamWriter,
    body: bytes,
    status: str = "200 OK",
    kind: str = "application/json",
    more: str = "",
) -> None:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
    writer.write(head.encode() + body)


def _open_stream(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")


async def _misbehave(tool: str, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    good = reply_to(message, ODD_RESULTS["good"] | {"resultType": "complete"})
    match tool:
        case "hangs":
            await asyncio.sleep(3600)
        case "drips":
            _open_stream(writer)
            while True:
                writer.write(b": still here\n\n")
                await writer.drain()
                await asyncio.sleep(0.1)
        case "floods":
            size = _FLOOD_MEGABYTES * len(_MEGABYTE)
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % size
            )
            await _flood(writer)
        case "floods_a_stream":
            _open_stream(writer)
            writer.write(b"data: ")
            await _flood(writer)
        case "dies":
            pass
        case "dies_in_the_answer":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n")
            writer.write(good[:20])
        case "talks_garbage":
            _send(writer, b"<<< \xff\xfe not JSON")
        case "sends_html":
            _send(writer, b"<html>Sign in, please</html>", kind="text/html")
        case "answers_another":
            _send(writer, json.dumps({"jsonrpc": "2.0", "id": "another", "result": {"content": []}}).encode())
        case "gives_neither":
            _send(writer, json.dumps({"jsonrpc": "2.0", "id": message["id"]}).encode())
        case "nests_deep":
            nested = b"[" * _DEPTH + b"]" * _DEPTH
            _send(
                writer,
                b'{"jsonrpc":"2.0","id":%s,"result":%s}' % (json.dumps(message["id"]).encode(), nested),
            )
        case "errs_oddly":
            odd = {"jsonrpc": "2.0", "id": message["id"], "error": {"code": "many", "message": 5}}
            _send(writer, json.dumps(odd).encode())
        case "fails":
            _send(writer, b"out of order", status="500 Internal Server Error", kind="text/plain")
        case "points_elsewhere":
            _send(writer, b"", status="307 Temporary Redirect", more="location: http://127.0.0.1:9/mcp\r\n")
        case "asks_in_the_stream":
            _open_stream(writer)
            writer.write(b"data: %s\n\n" % json.dumps({"jsonrpc": "2.0", "id": 77, **_ASKED}).encode())
            writer.write(b"data: %s\n\n" % good)
        case _:
            _open_stream(writer)
            writer.write(b"data: %s\n\n" % good + b"data: %s\n\n" % good.replace(b"fine", b"evil"))
    await writer.drain()


async def _flood(writer: asyncio.StreamWriter) -> None:
    for _ in range(_FLOOD_MEGABYTES):
        writer.write(_MEGABYTE)
        await writer.drain()


def over_stdio() -> None:
    """Serve on standard input and output until they close or a tool ends it."""
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if "id" not in message or "method" not in message:
            continue
        tool = message["params"].get("name") if message["method"] == "tools/call" else None
        match tool:
            case "hangs":
                continue
            case "dies":
                os._exit(3)
            case "floods":
                for _ in range(_FLOOD_MEGABYTES):
                    sys.stdout.buffer.write(_MEGABYTE)
                sys.stdout.buffer.write(b"\n")
            case "talks_garbage":
                sys.stdout.buffer.write(b"<<< \xff\xfe not JSON\n")
            case "answers_another":
                other = {"jsonrpc": "2.0", "id": 10_000_000, "result": {"content": []}}
                sys.stdout.buffer.write(json.dumps(other).encode() + b"\n")
            case _:
                sys.stdout.buffer.write(reply_to(message, result_of(message)) + b"\n")
        sys.stdout.buffer.flush()


async def _serve(port: int) -> None:
    server = await asyncio.start_server(over_http, "127.0.0.1", port, limit=2**20)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    if given.port is None:
        over_stdio()
    else:
        asyncio.run(_serve(given.port))
