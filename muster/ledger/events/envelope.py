"""What every event is made of: its own facts, and who did it where."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

NonNegative = Annotated[int, Field(ge=0)]


class Event(BaseModel):
    """The facts of one kind of event; each kind is a subclass with a `kind` of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContext:
    """Who did it, and for which task and run."""

    actor: str
    """`agent:support/refund_specialist`, `service:intake`, `person:jo@example.com`."""
    task_id: str | None = None
    run_id: str | None = None
    team: str | None = None
    agent: str | None = None
    model_source: str | None = None
    """`claude`, `rehearsal` or another server's name; null where no model is concerned."""
