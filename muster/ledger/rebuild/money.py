"""Open intents and budgets, as the record explains them."""

from datetime import datetime
from decimal import Decimal

from muster.ledger.events import (
    AnyEvent,
    BudgetDraw,
    BudgetThresholdCrossed,
    IntentAbandoned,
    ModelCallIntended,
    ModelCallSettled,
    ToolCallIntended,
    ToolCallSettled,
)
from muster.ledger.rebuild.rows import Entry, Row, State, name_of
from muster.ledger.tables import budgets, open_intents

_ZERO = Decimal("0.000000")


def fold_money(state: State, entry: Entry, event: AnyEvent) -> None:
    """Carry the event over into open intents and budgets."""
    match event:
        case ModelCallIntended() | ToolCallIntended():
            _intended(state, entry, event)
        case ModelCallSettled() | ToolCallSettled():
            _settled(state, entry, event)
        case IntentAbandoned():
            _abandoned(state, entry.happened_at, event)
        case BudgetThresholdCrossed():
            limits = BudgetDraw(
                scope=event.scope,
                period=event.period,
                limit_usd=event.limit_usd,
                limit_calls=event.limit_calls,
            )
            purse = _purse(state, limits)
            purse["told_percent"] = max(purse["told_percent"], event.percent)
        case _:
            pass


def _intended(state: State, entry: Entry, event: ModelCallIntended | ToolCallIntended) -> None:
    reserved = Decimal(event.reserved_usd)
    row = {
        "event_id": entry.event_id,
        "kind": event.kind,
        "task_id": entry.task_id,
        "run_id": entry.run_id,
        "team": entry.team,
        "agent": entry.agent,
        "call_id": event.call_id,
        "scopes": [draw.scope for draw in event.budgets],
        "periods": [draw.period for draw in event.budgets],
        "reserved_usd": reserved,
        "intended_at": entry.happened_at,
        "expires_at": entry.happened_at,
        "abandoned_at": None,
    }
    state.put(open_intents, row)
    for draw in event.budgets:
        purse = _purse(state, draw)
        purse["reserved_usd"] += reserved
        purse["calls"] += 1


def _settled(state: State, entry: Entry, event: ModelCallSettled | ToolCallSettled) -> None:
    intent_id = event.intent_id or _begun_as(state, entry.run_id, event.call_id)
    intent = state.remove(open_intents, intent_id)
    if intent is None:
        state.beginnings_missing += 1
        return
    for purse in _drawn_on(state, intent):
        purse["reserved_usd"] -= intent["reserved_usd"]
        purse["spent_usd"] += entry.cost_usd


def _abandoned(state: State, at: datetime, event: IntentAbandoned) -> None:
    intent = state.find(open_intents, event.intent_id)
    if intent is None:
        state.beginnings_missing += 1
        return
    for purse in _drawn_on(state, intent):
        purse["reserved_usd"] -= intent["reserved_usd"]
    intent.update(reserved_usd=_ZERO, abandoned_at=at)


def _begun_as(state: State, run_id: str | None, call_id: str) -> str | None:
    """The latest open intent of that call, for outcomes recorded before they named their intent."""
    rows = reversed(state.rows[name_of(open_intents)].values())
    wanted = (row["event_id"] for row in rows if (row["run_id"], row["call_id"]) == (run_id, call_id))
    return next(wanted, None)


def _drawn_on(state: State, intent: Row) -> list[Row]:
    drawn = zip(intent["scopes"], intent["periods"], strict=True)
    purses = (state.find(budgets, scope, period) for scope, period in drawn)
    return [purse for purse in purses if purse is not None]


def _purse(state: State, draw: BudgetDraw) -> Row:
    """The budget's row, with the limits it has now."""
    purse = state.find(budgets, draw.scope, draw.period)
    if purse is None:
        purse = {
            "scope": draw.scope,
            "period": draw.period,
            "reserved_usd": _ZERO,
            "spent_usd": _ZERO,
            "calls": 0,
            # what one task spends is not told of: it is escalated when its budget is out
            "told_percent": 100 if draw.period == "task" else 0,
        }
        state.put(budgets, purse)
    purse["limit_usd"] = None if draw.limit_usd is None else Decimal(draw.limit_usd)
    purse["limit_calls"] = draw.limit_calls
    return purse
