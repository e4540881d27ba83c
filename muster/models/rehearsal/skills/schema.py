"""Arguments that fit a JSON schema, filled from what the conversation holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muster.models.rehearsal.conversation import Conversation

_DEEPEST = 4


def fill(schema: Mapping[str, Any], talk: Conversation, depth: int = 0) -> dict[str, Any]:
    """An object with the schema's required properties."""
    properties = schema.get("properties") or {}
    required = schema.get("required") or []
    return {name: value_for(name, properties.get(name) or {}, talk, depth) for name in required}


def value_for(name: str, schema: Mapping[str, Any], talk: Conversation, depth: int) -> Any:
    """A value for one property: a fact of that name where it fits, else the plainest the schema allows."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" and depth < _DEEPEST:
        return fill(schema, talk, depth + 1)
    if kind == "array":
        items = schema.get("items") or {}
        return [value_for(name, items, talk, depth + 1) for _ in range(schema.get("minItems", 0))]
    if kind == "boolean":
        return False
    if kind in ("number", "integer"):
        return schema.get("minimum", 0)
    return talk.facts.get(name) or _known(name, talk) or name


def _known(name: str, talk: Conversation) -> str:
    """What the task itself says about a property of this name."""
    if "mail" in name or name in ("to", "sender", "from"):
        return talk.task.sender_address
    if name in ("subject", "title"):
        return talk.task.subject
    return " ".join(talk.task.body.split())[:200]
