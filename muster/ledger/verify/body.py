"""Checks the body of an event: canonical JSON, and saying the same as the columns beside it."""

import orjson
from rfc8785 import CanonicalizationError

from muster.core.canonical import canonical_json

COPIED = (
    "event_id",
    "kind",
    "task_id",
    "run_id",
    "team",
    "agent",
    "actor",
    "model_source",
    "happened_at",
    "cost_usd",
)
"""What the columns repeat; all but these and the payload is refused."""

_FIELDS = {*COPIED, "payload"}


def fault_of_body(body: bytes) -> str | None:
    """What keeps `body` from being an event in RFC 8785 canonical JSON; nothing when it is one."""
    return _parsed(body)[1]


def fault_of_columns(body: bytes, columns: tuple[object, ...]) -> tuple[str | None, list[str]]:
    """What is wrong with `body` itself, and which of the `COPIED` columns say something else."""
    event, fault = _parsed(body)
    if fault is not None:
        return fault, []
    return None, [name for name, value in zip(COPIED, columns, strict=True) if event[name] != value]


def _parsed(body: bytes) -> tuple[dict[str, object], str | None]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}, "its body is not JSON"
    if not isinstance(event, dict) or event.keys() != _FIELDS:
        return {}, "its body does not have the fields of an event"
    try:
        canonical = canonical_json(event)
    except (CanonicalizationError, UnicodeError):
        return {}, "its body holds a value that canonical JSON does not allow"
    if canonical != body:
        return {}, "its body is not in canonical JSON (RFC 8785)"
    return event, None
