"""An event made ready to be written: its id, its time and its canonical body."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rfc8785 import CanonicalizationError

from muster.core.canonical import canonical_json
from muster.core.money import usd
from muster.ledger.errors import EventRefusedError
from muster.ledger.events import KINDS_BY_TYPE, AnyEvent, EventContext

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of a NUL, and not the same six characters after an escaped backslash."""

_NUL_ESCAPE = "\\u0000"
_PLACE = tuple(field.name for field in fields(EventContext))


def timestamp(at: datetime) -> str:
    """`at` as it stands in bodies: RFC 3339, UTC, microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def row(
    event_id: str, event: AnyEvent, where: EventContext, happened_at: datetime, cost_usd: Decimal | None
) -> dict[str, Any]:
    """The columns of one event; `body` is the whole event as RFC 8785 canonical JSON.

    Raises:
        EventRefusedError: its kind is not of the closed set, or a text holds a NUL character or is not valid
            Unicode.
    """
    if KINDS_BY_TYPE.get(type(event)) != event.kind:
        raise EventRefusedError(
            f"{event.kind} is not a kind of event the ledger records", do="see docs/how-to/add-an-event.md"
        )
    columns: dict[str, Any] = {"event_id": event_id, "kind": event.kind}
    for name in _PLACE:
        columns[name] = getattr(where, name)
    payload = event.model_dump(mode="json", exclude={"kind"})
    cost = None if cost_usd is None else usd(cost_usd)
    whole = {
        **columns,
        "happened_at": timestamp(happened_at),
        "cost_usd": None if cost is None else str(cost),
        "payload": payload,
    }
    try:
        body = canonical_json(whole).decode()
    except (CanonicalizationError, UnicodeError) as error:
        raise EventRefusedError(f"{event.kind}: {error}", do="clean the text before recording it") from error
    if _NUL_ESCAPE in body and _NUL.search(body):  # the look-behind is slow, and a NUL is rare
        raise EventRefusedError(
            f"{event.kind} holds a NUL character", do="clean the text before recording it"
        )
    return {**columns, "happened_at": happened_at, "cost_usd": cost, "body": body}
