"""Messages that could not become tasks: kept as they came, with the reason, until a person sends them on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from muster.core.canonical import sha256_hex
from muster.core.text import one_line
from muster.ledger.events import Channel, EventContext, MessageQuarantined
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_KEEP = load("muster.intake", "keep_message")
_KEPT = load("muster.intake", "kept_message")
_LIST = load("muster.intake", "list_quarantine")

_REASON_CHARS = 500
_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a message is kept."""

    quarantine_id: str
    duplicate: bool
    """Whether the same bytes from the same place were kept before."""


@dataclass(frozen=True, slots=True)
class QuarantinedMessage:
    """A message that waits for a person."""

    quarantine_id: str
    channel: Channel
    source: str
    name: str
    """The file it came in."""
    reason: str
    size_bytes: int
    created_at: datetime


async def keep(
    ledger: PostgresLedger, *, channel: Channel, source: str, name: str, reason: str, raw: bytes
) -> Kept:
    """The message's place in quarantine, with every byte of it and the event, in one transaction.

    Raises:
        LedgerUnavailableError: the database is away; nothing was written.
    """
    values: dict[str, Any] = {
        "quarantine_id": ledger.ids.new("qua"),
        "channel": channel,
        "source": one_line(source, _NAME_CHARS),
        "name": one_line(name, _NAME_CHARS),
        "reason": one_line(reason, _REASON_CHARS),
        "raw": raw,
        "raw_sha256": sha256_hex(raw),
    }
    async with ledger.transaction() as transaction:
        values["now"] = transaction.now
        row = await (await transaction.connection.execute(_KEEP, values)).fetchone()
        if row is None:
            known = await (await transaction.connection.execute(_KEPT, values)).fetchone()
            return Kept(known["quarantine_id"] if known else "", duplicate=True)
        event = MessageQuarantined(
            quarantine_id=values["quarantine_id"],
            channel=channel,
            source=values["source"],
            reason=values["reason"],
            size_bytes=len(raw),
            name=values["name"],
            raw_sha256=values["raw_sha256"],
        )
        await transaction.append(event, EventContext(actor="service:intake"))
    return Kept(values["quarantine_id"], duplicate=False)


async def waiting(ledger: PostgresLedger) -> list[QuarantinedMessage]:
    """Everything in quarantine that nobody has sent on, oldest first.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    return [QuarantinedMessage(**row) for row in await ledger.fetch(_LIST)]
