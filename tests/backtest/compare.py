"""A day's record held against another's, message by message, and a forecast against what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from muster.analysis.human import HumanCost
from muster.gateway.policy.files import Policy
from muster.ledger.events import TaskQueued
from muster.whatif.forecast import Forecast
from muster.whatif.gate_replay import Autonomies, replayed
from muster.whatif.past import Past

Message = tuple[str, str]
"""Channel and the sender's own id: the same on every day it is worked."""

HELD = "held"


@dataclass(frozen=True)
class Ends:
    """How a day's messages ended."""

    status: dict[Message, str]
    committed: Decimal
    """Money agents committed, in the policy's currency, but for what the systems declined."""

    def count(self, status: str) -> int:
        """Messages that ended so."""
        return sum(one == status for one in self.status.values())

    def minutes(self, human: HumanCost) -> float:
        """Minutes of people, for everything that went to one."""
        asked = self.count("escalated") * human.minutes_per_escalation
        return float(asked + self.count(HELD) * human.minutes_per_approval)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the table."""

    what: str
    before: float
    forecast: float
    happened: float

    @property
    def difference(self) -> float:
        return self.happened - self.forecast


def ends_of(past: Past, policy: Policy) -> Ends:
    """The ends as the record has them."""
    names = messages(past)
    status = {
        names[row["task_id"]]: HELD if row["status"] == "waiting" else row["status"]
        for row in past.tasks.iter_rows(named=True)
    }
    gate = replayed(past, policy, Autonomies(past, policy.autonomy.current()))
    paid = (
        Decimal(one.commits.amount)
        for one in gate
        if one.decided.went_out
        and one.commits is not None
        and one.decided.entry.event_id not in past.declined
    )
    return Ends(status, sum(paid, Decimal(0)))


def messages(past: Past) -> dict[str, Message]:
    """By task: the message it came with."""
    return {
        entry.task_id: (entry.event.source, entry.event.external_id)
        for entry in past.events
        if isinstance(entry.event, TaskQueued) and entry.task_id is not None
    }


def forecast_ends(past: Past, before: Ends, forecasts: Iterable[Forecast]) -> Ends:
    """The ends the forecasts say."""
    names, status, committed = messages(past), dict(before.status), before.committed
    for forecast in forecasts:
        for row in forecast.affected.iter_rows(named=True):
            committed += row["committed"] or 0
            status[names[row["task_id"]]] = _end(row["would_be"])
    return Ends(status, committed)


def _end(would_be: str) -> str:
    if "gone to a person" in would_be:
        return "escalated"
    if "waited for a person" in would_be:
        return HELD
    return "completed"


def lines(before: Ends, forecast: Ends, happened: Ends, human: HumanCost) -> list[Line]:
    """The table: each figure before the change, forecast, and as it happened."""
    found = [
        Line(f"tasks {status}", *(each.count(status) for each in (before, forecast, happened)))
        for status in ("completed", "escalated", HELD, "failed")
    ]
    found.append(
        Line("money committed, EUR", *(float(each.committed) for each in (before, forecast, happened)))
    )
    found.append(Line("minutes of people", *(each.minutes(human) for each in (before, forecast, happened))))
    return found


@dataclass(frozen=True, slots=True)
class Agreement:
    """The forecast, message by message."""

    messages: int
    as_forecast: int
    changed_as_forecast: int
    """Of those forecast to end otherwise."""
    forecast_to_change: int
    otherwise: Sequence[tuple[Message, str, str, str]]
    """Message, end before, forecast, and what happened, where the last two differ."""


def agreement(before: Ends, forecast: Ends, happened: Ends) -> Agreement:
    """How many messages ended as forecast."""
    moved = {name for name, end in forecast.status.items() if end != before.status[name]}
    wrong = [
        (name, before.status[name], end, happened.status.get(name, "missing"))
        for name, end in forecast.status.items()
        if happened.status.get(name) != end
    ]
    missed = {name for name, *_ in wrong}
    return Agreement(
        messages=len(forecast.status),
        as_forecast=len(forecast.status) - len(wrong),
        changed_as_forecast=len(moved - missed),
        forecast_to_change=len(moved),
        otherwise=wrong,
    )
