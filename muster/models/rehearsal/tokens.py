"""How long a text is in tokens, by a rule anyone can check.

One token for every four characters of text, rounded up; a content block that is not text, or a tool
definition, counts the bytes of its JSON instead; an image counts 1600; a message counts 3 more, and a tool
definition 8 more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

CHARACTERS_A_TOKEN = 4
MESSAGE_OVERHEAD = 3
TOOL_OVERHEAD = 8
IMAGE_TOKENS = 1600


def text_tokens(text: str) -> int:
    """Tokens of a text."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


def block_tokens(block: Mapping[str, Any], encoded: bytes | None = None) -> int:
    """Tokens of one content block or tool definition; `encoded` is its JSON, when it is at hand."""
    kind = block.get("type")
    if kind == "text":
        return text_tokens(str(block.get("text", "")))
    if kind == "image":
        return IMAGE_TOKENS
    return -(-len(orjson.dumps(block) if encoded is None else encoded) // CHARACTERS_A_TOKEN)
