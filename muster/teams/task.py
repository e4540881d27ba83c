"""A task as a team sees it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work, leased to one worker."""

    task_id: str
    team: str
    channel: str
    priority: str
    title: str
    content: dict[str, Any]
    """`sender`, `recipient`, `subject`, `text`, `attachments` [{name, media_type, text}], `received_at`."""
    attempt: int
    """1 for the first worker."""
    run_id: str | None
    """The run an earlier worker began; null when there is none."""
    transaction_type: str = ""
    """The kind of work it is, where intake knew; else empty."""
