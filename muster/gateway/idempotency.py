"""The key by which a system knows a call it has carried out already."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.tool import PinnedTool

_ATTEMPT = re.compile(r"#[0-9]+\Z")
_VERSION_8 = 0x8000 << 64
_VARIANT = 0x8000 << 48


def with_key(
    tool: PinnedTool | None, arguments: Mapping[str, Any], run_id: str | None, call_id: str
) -> Mapping[str, Any]:
    """`arguments` with the tool's idempotency key filled in where the caller left it out.

    A key the caller chose stays. Without a run there is no second attempt to recognise, and no key is made.
    """
    if tool is None or tool.key_argument is None or run_id is None:
        return arguments
    chosen = arguments.get(tool.key_argument)
    if chosen is not None and not (isinstance(chosen, str) and not chosen.strip()):
        return arguments
    return {**arguments, tool.key_argument: derived_key(run_id, tool.name, call_id)}


def derived_key(run_id: str, tool: str, call_id: str) -> str:
    """The same UUID for every attempt at one call of one run: `c_1`, `c_1#2` and `c_1#3` share a key.

    It is a UUID of version 8 (RFC 9562) made of the SHA-256 of the canonical JSON `[run, tool, call]`, which
    fits where systems expect a key of at most 36 characters.
    """
    digest = sha256_hex(canonical_json([run_id, tool, _ATTEMPT.sub("", call_id)]))
    number = int(digest[:32], 16)
    number = number & ~(0xF000 << 64) & ~(0xC000 << 48) | _VERSION_8 | _VARIANT
    return str(UUID(int=number))
