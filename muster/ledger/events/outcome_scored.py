"""A task's outcome was held against the truth."""

from typing import Literal

from muster.ledger.events.envelope import Event


class OutcomeScored(Event):
    """A task's outcome was held against the truth."""

    kind: Literal["outcome.scored"] = "outcome.scored"
    scorer: str
    correct: bool
    expected: str
    actual: str
    mistakes: tuple[str, ...] = ()
