"""A day's figures were computed and kept."""

from datetime import date
from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative


class KpiRolledUp(Event):
    """A day's figures were computed and kept."""

    kind: Literal["kpi.rolled_up"] = "kpi.rolled_up"
    day: date
    rows: NonNegative
