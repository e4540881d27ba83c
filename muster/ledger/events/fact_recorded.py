"""An agent wrote a fact into its run's list, for the agents after it."""

from typing import Literal

from muster.ledger.events.envelope import Event


class FactRecorded(Event):
    """An agent wrote a fact into its run's list, for the agents after it."""

    kind: Literal["fact.recorded"] = "fact.recorded"
    key: str
    """A later fact of the same key takes its place."""
    value: str
    source: str
    """Where it is from, such as `tool:shop__get_order`, `task` or the agent's own name."""
    knowledge: str | None = None
    """Only agents with this knowledge label see it; null when every agent of the run does."""
