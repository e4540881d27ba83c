"""What the fixture server answers with: the smallest picture and sound there are, and blocks of each type."""

import base64
import struct
import zlib
from typing import Final

import mcp_types as types


def _red_dot() -> bytes:
    """A PNG of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def _silence() -> bytes:
    """A WAV of one silent sample."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", 1) + b"\x80\x00"
    return struct.pack("<4sI", b"RIFF", len(body)) + body


PNG: Final = base64.b64encode(_red_dot()).decode()
WAV: Final = base64.b64encode(_silence()).decode()


def text(words: str) -> types.TextContent:
    """A block of text."""
    return types.TextContent(type="text", text=words)


def image() -> types.ImageContent:
    """A block with the picture."""
    return types.ImageContent(type="image", data=PNG, mime_type="image/png")


def audio() -> types.AudioContent:
    """A block with the sound."""
    return types.AudioContent(type="audio", data=WAV, mime_type="audio/wav")


def embedded(uri: str, mime_type: str, words: str) -> types.EmbeddedResource:
    """A block with a resource inside."""
    inside = types.TextResourceContents(uri=uri, mime_type=mime_type, text=words)
    return types.EmbeddedResource(type="resource", resource=inside)


def says(*blocks: types.ContentBlock | str, is_error: bool = False) -> types.CallToolResult:
    """A tool's answer made of those blocks; a string is a block of text."""
    content = [text(block) if isinstance(block, str) else block for block in blocks]
    return types.CallToolResult(content=content, is_error=is_error)
