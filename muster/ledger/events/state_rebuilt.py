"""The present was written anew from the record."""

from typing import Literal

from muster.ledger.events.envelope import Event


class StateRebuilt(Event):
    """The present was written anew from the record."""

    kind: Literal["state.rebuilt"] = "state.rebuilt"
    through_seq: int
    """The last event that was taken into account."""
    rows_changed: dict[str, int]
    """Rows added, corrected or removed, by table; tables that were right are left out."""
    forced: bool
    """Whether work was under way and it was done all the same."""
