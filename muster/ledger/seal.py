"""Seals a day: one checksum over the bodies of all its events, in order."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from muster.ledger.events import EventContext, SealMade
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_SEALER = EventContext(actor="service:sealer")


@dataclass
class DaySum:
    """The running checksum of a day: SHA-256 over the SHA-256 of each body, in the order of recording."""

    events: int = 0
    first_seq: int = 0
    last_seq: int = 0
    _sum: Any = field(default_factory=hashlib.sha256)

    def add(self, seq: int, body: str) -> None:
        """Take in the next event."""
        self.first_seq = self.first_seq or seq
        self.last_seq = seq
        self.events += 1
        self._sum.update(hashlib.sha256(body.encode()).digest())

    @property
    def sha256(self) -> str:
        """The checksum so far, in hexadecimal."""
        digest: str = self._sum.hexdigest()
        return digest


async def seal_days(ledger: PostgresLedger) -> list[SealMade]:
    """Seal every past day (UTC, by recording time) that has events and no seal; today stays open.

    Raises:
        LedgerUnavailableError: the database is away; days sealed so far stay sealed.
    """
    today = ledger.clock.now().date()
    await ledger.fetch(load("muster.ledger", "ensure_month"), {"day": today})
    await ledger.fetch(load("muster.ledger", "ensure_month"), {"day": today + timedelta(days=31)})
    rows = await ledger.fetch(load("muster.ledger", "unsealed_days"), {"today": today})
    return [await _seal(ledger, row["day"]) for row in rows]


async def _seal(ledger: PostgresLedger, day: date) -> SealMade:
    total = DaySum()
    async with ledger.transaction() as transaction:
        async with transaction.connection.cursor("seal") as cursor:
            await cursor.execute(load("muster.ledger", "events_of_day"), {"day": day})
            async for row in cursor:
                total.add(row["seq"], row["body"])
        seal = SealMade(
            day=day,
            first_seq=total.first_seq,
            last_seq=total.last_seq,
            events=total.events,
            sha256=total.sha256,
        )
        await transaction.append(seal, _SEALER)
        await transaction.connection.execute(
            load("muster.ledger", "insert_seal"),
            {**seal.model_dump(exclude={"kind"}), "made_at": ledger.clock.now()},
        )
    return seal
