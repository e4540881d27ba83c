"""A day's events were summed up in one checksum."""

from datetime import date
from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative


class SealMade(Event):
    """A day's events were summed up in one checksum."""

    kind: Literal["seal.made"] = "seal.made"
    day: date
    first_seq: int
    last_seq: int
    events: NonNegative
    sha256: str
