"""A model server that answers what a test says, well or badly, over real HTTP in a thread of its own.

    with MessagesServer(uses("shop__get_order", order_id="4711"), overloaded(2), says("done")) as server:
        client = ClaudeClient(api_key="any", base_url=server.url, source="scripted")

The script is a row of replies, or a function from the request to a reply. `server.asked` holds every request.
"""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Asked = dict[str, Any]
Manner = Literal["whole", "cut", "silent", "hang"]


@dataclass(frozen=True)
class Reply:
    """What goes back over the wire."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = "whole"
    """`cut` sends half of the body and closes; `silent` closes without a word; `hang` never answers."""


Script = Callable[[Asked], Reply]


def message(*blocks: dict[str, Any], stop_reason: str = "end_turn", **usage: int) -> Reply:
    """An answer with these content blocks."""
    used = {"input_tokens": 100, "output_tokens": 10, **usage}
    return Reply(
        json.dumps(
            {
                "id": "msg_scripted",
                "type": "message",
                "role": "assistant",
                "model": "claude-scripted",
                "content": blocks,
                "stop_reason": stop_reason,
                "stop_sequence": None,
                "usage": used,
            }
        ).encode()
    )


def says(text: str, *, stop_reason: str = "end_turn") -> Reply:
    """An answer in words."""
    return message({"type": "text", "text": text}, stop_reason=stop_reason)


def uses(tool: str, use_id: str | None = None, /, **arguments: Any) -> Reply:
    """An answer that uses one tool; give `use_id` when it matters."""
    return uses_with(tool, arguments, use_id)


def uses_with(
    tool: str, arguments: object, use_id: str | None = None, *, stop_reason: str = "tool_use"
) -> Reply:
    """As `uses`, with arguments that may be anything at all: a text that does not parse, a list, null."""
    block = {"type": "tool_use", "id": use_id or "toolu_scripted", "name": tool, "input": arguments}
    return message(block, stop_reason=stop_reason)


def cut_off_tool(tool: str, **arguments: Any) -> Reply:
    """A tool use that ran out of tokens in the middle."""
    return uses_with(tool, arguments, stop_reason="max_tokens")


def refuses() -> Reply:
    """The model declines."""
    return message(stop_reason="refusal")


def nothing() -> Reply:
    """An answer without content."""
    return message()


def huge(characters: int = 200_000) -> Reply:
    """An answer in more words than anybody reads."""
    return says("word " * (characters // 5))


def broken_body(body: str = '{"id": "msg_1", "type": "message", "content": [{"ty') -> Reply:
    """Status 200 and a body that is no JSON, or no message."""
    return Reply(body.encode())


def fails(status: int, error_type: str, words: str = "scripted", /, **headers: str) -> Reply:
    """The API's error body; `retry_after="2"` becomes the header `retry-after: 2`."""
    body = {"type": "error", "error": {"type": error_type, "message": words}, "request_id": "req_scripted"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps(body).encode(), status, named)


def overloaded(retry_after_seconds: float | None = None) -> Reply:
    """529, with `retry-after` when given."""
    headers = {} if retry_after_seconds is None else {"retry_after": f"{retry_after_seconds:g}"}
    return fails(529, "overloaded_error", "Overloaded", **headers)


def rate_limited(retry_after_seconds: float = 1) -> Reply:
    """429 with `retry-after`."""
    return fails(429, "rate_limit_error", "too many tokens", retry_after=f"{retry_after_seconds:g}")


def hangs() -> Reply:
    """No answer until the client goes away or the server stops."""
    return Reply(manner="hang")


def cut(reply: Reply | None = None) -> Reply:
    """The connection breaks: in the middle of `reply`, or before a word of it when there is none."""
    return Reply(manner="silent") if reply is None else Reply(reply.body, manner="cut")


class MessagesServer:
    """`POST /v1/messages` and `/v1/messages/count_tokens` on a free port of 127.0.0.1."""

    def __init__(self, *replies: Reply, script: Script | None = None) -> None:
        self.asked: list[Asked] = []
        """The body of every request for a message, in the order they came."""
        self.headers: list[dict[str, str]] = []
        """The headers of each of them, names in lower case."""
        self._replies = list(replies)
        self._script = script
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.messages = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """What the SDK takes as `base_url`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def then(self, *replies: Reply) -> None:
        """Put more replies behind those that are left."""
        with self._lock:
            self._replies.extend(replies)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def reply_to(self, asked: Asked, headers: dict[str, str]) -> Reply:
        """The next reply; 400 when the script is over, which no client asks again."""
        with self._lock:
            self.asked.append(asked)
            self.headers.append(headers)
            if self._script is not None:
                return self._script(asked)
            if not self._replies:
                return fails(400, "invalid_request_error", "the script of this test is over")
            return self._replies.pop(0)


class _Server(ThreadingHTTPServer):
    messages: MessagesServer
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about; nothing is printed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read what they asserted, not an access log."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/count_tokens"):
            self._send(Reply(b'{"input_tokens": 10}'))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.messages.reply_to(body, headers)
        match reply.manner:
            case "whole":
                self._send(reply)
            case "cut":
                self._send(Reply(reply.body[: len(reply.body) // 2]), announced=len(reply.body))
                self._drop()
            case "silent":
                self._drop()
            case "hang":
                self._wait()
                self._drop()

    def _send(self, reply: Reply, announced: int | None = None) -> None:
        self.send_response(reply.status)
        self.send_header("content-type", "application/json")
        self.send_header("request-id", "req_scripted")
        self.send_header("content-length", str(len(reply.body) if announced is None else announced))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    def _wait(self) -> None:
        self.connection.settimeout(0.05)
        while not self.server.messages.stopping.is_set():
            try:
                if self.connection.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
