"""One agent passed the work to another, with what it knows."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from muster.ledger.events.envelope import Event


class Fact(BaseModel):
    """Something established about a task, and who established it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    value: str
    source: str
    knowledge: str | None = None
    """Only agents with this knowledge label see it; null when every agent of the run does."""


class HandoffMade(Event):
    """One agent passed the work to another, with what it knows."""

    kind: Literal["handoff.made"] = "handoff.made"
    from_agent: str
    to_agent: str
    transaction_type: str | None = None
    """The kind of work it turned out to be; null when that was not said."""
    ask: str
    decisions: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    open_risks: tuple[str, ...] = ()
