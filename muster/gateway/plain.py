"""JSON as the ledger can keep it: finite numbers, Unicode without NUL, text keys, not too deep."""

import math
from collections.abc import Mapping
from typing import Any

from muster.core.canonical import Json

_DEEPEST = 32
_LARGEST_INTEGER = 2**53 - 1


class NotPlainError(ValueError):
    """A value cannot be recorded as it is, and so cannot be sent."""


def plain(value: Any, depth: int = 0) -> Json:
    """`value`, checked.

    Raises:
        NotPlainError: a number is not finite or too large, a text is no Unicode or holds NUL, or it is deep.
    """
    if depth > _DEEPEST:
        raise NotPlainError(f"the arguments nest deeper than {_DEEPEST} levels")
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int() if abs(value) <= _LARGEST_INTEGER:
            return value
        case float() if math.isfinite(value):
            return value
        case Mapping():
            return {_text(key): plain(item, depth + 1) for key, item in value.items()}
        case list():
            return [plain(item, depth + 1) for item in value]
        case _:
            raise NotPlainError(f"{value!r:.40} is not a number or value that can be recorded")


def clean(text: str) -> str:
    """`text` with what the ledger cannot keep (NUL, lone surrogates) shown as U+FFFD."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise NotPlainError("a text holds a NUL character, or a key is not text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotPlainError("a text is not valid Unicode") from None
    return value
