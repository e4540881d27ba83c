"""A written policy of the company was in force for the first time with these words."""

from typing import Literal

from muster.ledger.events.envelope import Event


class PolicyChanged(Event):
    """A written policy of the company was in force for the first time with these words."""

    kind: Literal["policy.changed"] = "policy.changed"
    name: str
    """`standard`, `models`, …"""
    version: int
    """Counts up; decisions name it as `standard@3`."""
    sha256: str
    text: str
    """The whole of it."""
