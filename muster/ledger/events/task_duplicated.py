"""The same message arrived again; the first task stands."""

from typing import Literal

from muster.ledger.events.envelope import Event
from muster.ledger.events.task_queued import Channel


class TaskDuplicated(Event):
    """The same message arrived again; the first task stands."""

    kind: Literal["task.duplicated"] = "task.duplicated"
    source: str
    external_id: str
    channel: Channel
