"""A completed task turned out not to be done."""

from typing import Literal

from muster.ledger.events.envelope import Event

ReopenSource = Literal["customer", "person", "follow_up"]


class TaskReopened(Event):
    """A completed task turned out not to be done."""

    kind: Literal["task.reopened"] = "task.reopened"
    reason: str
    """What was not done, in the words of whoever found out."""
    known_by: ReopenSource
    """A `customer` said so, a `person` of ours found out, or a later task on it (`follow_up`)."""
    follow_up: str | None = None
    """The later task, `tsk_…`; null when there is none."""
