"""One event as it was recorded, typed, with who, when and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from muster.ledger.events import AnyEvent, UnknownEvent, read_event


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event of the record."""

    seq: int
    event_id: str
    at: datetime
    """When it happened, UTC."""
    task_id: str | None
    run_id: str | None
    team: str | None
    agent: str | None
    actor: str
    cost_usd: Decimal
    """US dollars; 0 when it cost nothing."""
    event: AnyEvent

    @property
    def who(self) -> str:
        """`team/agent`."""
        return f"{self.team}/{self.agent}"


def recorded(seq: int, body: Mapping[str, Any]) -> Recorded | None:
    """The event of a recorded body; null for one this version cannot read."""
    event = read_event(body)
    if isinstance(event, UnknownEvent):
        return None
    return Recorded(
        seq=seq,
        event_id=body["event_id"],
        at=datetime.fromisoformat(body["happened_at"]),
        task_id=body["task_id"],
        run_id=body["run_id"],
        team=body["team"],
        agent=body["agent"],
        actor=body["actor"],
        cost_usd=Decimal(body["cost_usd"] or 0),
        event=event,
    )
