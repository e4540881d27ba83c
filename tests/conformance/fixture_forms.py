"""The schemas the harness looks at word by word: forms to fill in, and a tool's rich input schema."""

from typing import Any, Final

_TEXT: Final = {"type": "string"}
_OPTIONS: Final = ["option1", "option2", "option3"]

USER: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "username": {**_TEXT, "description": "User's response"},
        "email": {**_TEXT, "description": "User's email address"},
    },
    "required": ["username", "email"],
}

DEFAULTS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "name": {**_TEXT, "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {**_TEXT, "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
}


def _titled(word: str) -> list[dict[str, str]]:
    return [
        {"const": f"value{number}", "title": f"{ordinal} {word}"}
        for number, ordinal in enumerate(("First", "Second", "Third"), start=1)
    ]


ENUMS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "untitledSingle": {**_TEXT, "enum": _OPTIONS},
        "titledSingle": {**_TEXT, "oneOf": _titled("Option")},
        "legacyEnum": {
            **_TEXT,
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {**_TEXT, "enum": _OPTIONS}},
        "titledMulti": {"type": "array", "items": {"anyOf": _titled("Choice")}},
    },
}

RICH_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": _TEXT, "city": _TEXT},
        }
    },
    "properties": {
        "name": _TEXT,
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {**_TEXT, "enum": ["phone", "email"]},
        "phone": _TEXT,
        "email": _TEXT,
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
