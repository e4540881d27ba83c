"""How long a text is in tokens, by a rule anyone can check.

One token for every four characters, rounded up; a content block that is not text counts the characters of its
JSON; an image counts 1600; a message counts 3 more, and a tool definition 8 more.
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


def block_tokens(block: Mapping[str, Any]) -> int:
    """Tokens of one content block of a message or of the system prompt."""
    kind = block.get("type")
    if kind == "text":
        return text_tokens(str(block.get("text", "")))
    if kind == "image":
        return IMAGE_TOKENS
    return json_tokens({key: value for key, value in block.items() if key != "cache_control"})


def tool_tokens(tool: Mapping[str, Any]) -> int:
    """Tokens of one tool definition."""
    return json_tokens({key: value for key, value in tool.items() if key != "cache_control"}) + TOOL_OVERHEAD


def json_tokens(value: object) -> int:
    """Tokens of a value written as JSON."""
    return -(-len(orjson.dumps(value)) // CHARACTERS_A_TOKEN)
