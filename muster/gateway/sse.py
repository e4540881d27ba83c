"""Server-sent events, as far as MCP uses them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson


class TooLargeError(Exception):
    """One event is larger than the reader takes."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    message: dict[str, Any] | None
    """The JSON object it carries; null when it carries none."""
    event_id: str | None = None
    """What to go on after, when the stream breaks."""
    retry_ms: int | None = None
    """How long to wait before going on."""


async def events(chunks: AsyncIterator[bytes], largest_bytes: int) -> AsyncIterator[Event]:
    """The events of a stream; comments are keep-alives and give none.

    Raises:
        TooLargeError: an event is larger than `largest_bytes`.
    """
    rest = b""
    data: list[bytes] = []
    event_id: str | None = None
    retry_ms: int | None = None
    size = 0
    async for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            size += len(line)
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif line.startswith(b"id:"):
                event_id = line[3:].strip().decode("utf-8", "replace")
            elif line.startswith(b"retry:") and line[6:].strip().isdigit():
                retry_ms = int(line[6:])
            elif not line:
                if data or event_id is not None or retry_ms is not None:
                    yield Event(parsed(b"\n".join(data)), event_id, retry_ms)
                data, event_id, retry_ms, size = [], None, None, 0
        if size + len(rest) > largest_bytes:
            raise TooLargeError


def parsed(content: bytes) -> dict[str, Any] | None:
    """The JSON object `content` is; null when it is none."""
    try:
        message = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None
