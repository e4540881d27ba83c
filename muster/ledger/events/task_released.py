"""Work on a task was interrupted; it stands in the queue again."""

from typing import Literal

from pydantic import AwareDatetime

from muster.ledger.events.envelope import Event


class TaskReleased(Event):
    """Work on a task was interrupted; it stands in the queue again."""

    kind: Literal["task.released"] = "task.released"
    worker: str
    """The one that gave it back."""
    attempt: int
    reason: str
    """What interrupted it."""
    ready_at: AwareDatetime | None = None
    """Not to be taken again before; null when at once."""
