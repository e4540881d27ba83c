"""A tool's definition as an upstream gives it: the pinned part, its hash, and what is wrong with it."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.plain import NotPlainError, plain

_PINNED = (
    *("name", "title", "description", "inputSchema", "outputSchema", "annotations"),
    *("icons", "execution", "_meta"),
)
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 64
_DEFAULT_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Definition = dict[str, Any]


def pinned_part(definition: Mapping[str, Any]) -> Definition:
    """The part of a definition that is passed on: what the pin covers and what is offered are the same.

    Raises:
        NotPlainError: it holds something that is not plain JSON.
    """
    part = {key: definition[key] for key in _PINNED if definition.get(key) is not None}
    return cast(Definition, plain(part))


def digest(definition: Definition) -> str:
    """SHA-256 of the pinned part's canonical JSON."""
    return sha256_hex(canonical_json(definition))


def nameless_digest(definition: Definition) -> str:
    """The digest of everything but the name: a tool under a new name has the one it had before."""
    return digest({key: value for key, value in definition.items() if key != "name"})


def offered_name(server: str, tool: str) -> str:
    """The name agents know the tool by: `<server>__<tool>`, at most 64 letters, digits, `_` and `-`."""
    name = f"{server}__{_NOT_IN_NAMES.sub('_', tool)}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}_{hashlib.sha256(tool.encode()).hexdigest()[:8]}"


def problem_with(definition: Definition) -> str | None:
    """Why the definition cannot be offered to anyone, or null."""
    for key in ("inputSchema", "outputSchema"):
        schema = definition.get(key)
        if schema is None:
            if key == "inputSchema":
                return "it has no inputSchema"
            continue
        if problem := _schema_problem(schema):
            return f"{key}: {problem}"
    return None


def _schema_problem(schema: Any) -> str | None:
    if not isinstance(schema, dict):
        return "not an object"
    if remote := next((ref for ref in _references(schema) if not ref.startswith("#")), None):
        return f"refers to {remote}, which is outside the definition"
    try:
        validator_for({"$schema": _DEFAULT_DIALECT} | schema).check_schema(schema)
    except SchemaError as error:
        return f"not a JSON Schema: {error.message}"
    return None


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


__all__ = [
    "Definition",
    "NotPlainError",
    "digest",
    "nameless_digest",
    "offered_name",
    "pinned_part",
    "problem_with",
]
