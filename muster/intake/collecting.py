"""What collecting from a channel came to, and the step every collected file goes through."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from muster.intake.message import IncomingMessage, UnreadableMessageError
from muster.intake.quarantine import keep
from muster.intake.queue import enqueue
from muster.intake.routing import NoRouteError
from muster.ledger.errors import EventRefusedError
from muster.ledger.events import Channel
from muster.ledger.postgres import PostgresLedger

_log = logging.getLogger(__name__)

MAX_KEPT_BYTES = 200_000_000
"""A larger file is left where it is and counted: it fits neither a task nor quarantine."""


@dataclass(frozen=True, slots=True)
class Collected:
    """How many messages became what in one collection."""

    queued: int = 0
    duplicates: int = 0
    quarantined: int = 0
    left: int = 0
    """Files that could not be opened or are too large to keep; they stay where they are."""

    def __add__(self, other: "Collected") -> "Collected":
        return Collected(
            self.queued + other.queued,
            self.duplicates + other.duplicates,
            self.quarantined + other.quarantined,
            self.left + other.left,
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file with a message in it."""

    path: Path
    channel: Channel
    name: str
    source: Callable[[bytes], str]
    """Where it came from, as far as can be told from bytes that cannot be read."""
    read: Callable[[bytes], IncomingMessage]


async def take_in(ledger: PostgresLedger, arrival: Arrival) -> Collected:
    """What the file became, committed; moving it away is the caller's next step.

    Raises:
        LedgerUnavailableError: the database is away; nothing was written.
    """
    try:
        if arrival.path.stat().st_size > MAX_KEPT_BYTES:
            raise OSError(f"larger than {MAX_KEPT_BYTES} bytes")
        raw = arrival.path.read_bytes()
    except FileNotFoundError:  # another collector was faster
        return Collected()
    except OSError as error:
        _log.warning("%s is left where it is: %s", arrival.path, error.strerror or error)
        return Collected(left=1)
    try:
        message = await asyncio.to_thread(arrival.read, raw)  # a long document does not hold up the loop
        enqueued = await enqueue(ledger, message)
    except (UnreadableMessageError, NoRouteError, EventRefusedError) as error:
        source = arrival.source(raw)
        kept = await keep(
            ledger, channel=arrival.channel, source=source, name=arrival.name, reason=error.what, raw=raw
        )
        return Collected(duplicates=1) if kept.duplicate else Collected(quarantined=1)
    return Collected(duplicates=1) if enqueued.duplicate else Collected(queued=1)
