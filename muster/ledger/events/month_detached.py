"""A month's events left the searchable record, whole and unedited."""

from datetime import date
from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative


class MonthDetached(Event):
    """A month's events left the searchable record, whole and unedited."""

    kind: Literal["month.detached"] = "month.detached"
    month: date
    """Its first day."""
    partition: str
    """The table that holds them."""
    events: NonNegative
    first_seq: int
    last_seq: int
