"""One byte string for one value: the JSON Canonicalization Scheme (RFC 8785)."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import orjson
import rfc8785

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

_MAX_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: Json) -> bytes:
    """`value` as RFC 8785 canonical JSON.

    Raises:
        rfc8785.CanonicalizationError: a number is not finite or too large, or a string is not valid Unicode.
    """
    if _is_plain(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(cast(Any, value))


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _is_plain(value: Json) -> bool:
    """Whether orjson's sorted output is RFC 8785 to the byte: no floats, no huge integers, ASCII keys.

    Plain loops take half the time of all(), and every event and every question comes through here.
    """
    if isinstance(value, str):
        return value.isascii() or _encodes(value)
    if isinstance(value, dict):
        for key, item in value.items():  # noqa: SIM110
            if not (isinstance(key, str) and key.isascii() and _is_plain(item)):
                return False
        return True
    if isinstance(value, list | tuple):
        for item in value:  # noqa: SIM110
            if not _is_plain(item):
                return False
        return True
    if isinstance(value, bool) or value is None:
        return True
    return isinstance(value, int) and -_MAX_SAFE_INTEGER <= value <= _MAX_SAFE_INTEGER


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
