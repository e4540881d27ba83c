"""Whatever is intended and settled in whatever batches: the budgets are what a plain calculation gives."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.ledger.batch import Act, batch, draws
from muster.ledger.events import BudgetDraw
from muster.ledger.purses import Key, Purse, Purses
from muster.ledger.sql import load

SCOPES: list[Key] = [
    ("agent:a/x", "2126-11-21"),
    ("fleet", "2126-11-21"),
    ("task:t/x", "task"),
    ("team:a", "2126-11-21"),
]
CENTS = st.integers(min_value=0, max_value=60).map(lambda cents: Decimal(cents) / 100)


_BUDGETS = "SELECT scope, period, reserved_usd, spent_usd, calls FROM state.budgets"
_DAY = "2126-11-21"


@dataclass
class Books:
    """The budgets in memory, and the limits they are held to."""

    limits: dict[Key, tuple[Decimal | None, int | None]]
    purses: Purses = field(default_factory=Purses)

    def intend(self, event_id: str, reserve: Decimal, keys: tuple[Key, ...]) -> str:
        """The verdict that must come."""
        refusal = self.purses.intend(event_id, reserve, drawn(keys, self), who=("a", "a/x"), day=_DAY)
        return "ok" if refusal is None else refusal.verdict

    def settle(self, event_id: str, cost: Decimal) -> str:
        """The verdict that must come."""
        return "ok" if self.purses.settle(event_id, cost) else "closed"


def drawn(keys: tuple[Key, ...], books: Books) -> tuple[BudgetDraw, ...]:
    return tuple(
        BudgetDraw(
            scope=key[0],
            period=key[1],
            limit_usd=None if books.limits[key][0] is None else str(books.limits[key][0]),
            limit_calls=books.limits[key][1],
        )
        for key in sorted(keys)
    )


def act(number: int, op: str, **more: Any) -> Act:
    return {
        "op": op,
        "event_id": f"evt_{number}",
        "kind": "tool_call.intended" if op == "intend" else "tool_call.settled",
        "task_id": "t",
        "run_id": None,
        "team": "a",
        "agent": "x",
        "actor": "agent:a/x",
        "model_source": None,
        "happened_at": "2126-11-21T12:00:00+00:00",
        "cost_usd": None,
        "body": "{}",
        "call_id": f"c{number}",
        "expires_seconds": 900,
        **more,
    }


INTEND = st.tuples(
    st.just("intend"), CENTS, st.sets(st.sampled_from(SCOPES)).map(lambda keys: tuple(sorted(keys)))
)
SETTLE = st.tuples(st.just("settle"), CENTS, st.integers(min_value=0, max_value=12))
LIMIT = st.tuples(
    st.none() | CENTS.map(lambda usd: usd * 3), st.none() | st.integers(min_value=0, max_value=6)
)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, options="-c role=muster_writer", autocommit=True) as connection:
        connection.execute("INSERT INTO state.teams (team, active_version) VALUES ('a', 1)")
        yield connection


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limits=st.tuples(*(LIMIT for _ in SCOPES)),
    batches=st.lists(st.lists(INTEND | SETTLE, min_size=1, max_size=5), min_size=1, max_size=6),
    alone=st.booleans(),
)
def test_budgets_are_what_a_plain_calculation_gives(
    connection: psycopg.Connection,
    limits: tuple[tuple[Decimal | None, int | None], ...],
    batches: list[list[Any]],
    alone: bool,
) -> None:
    books = Books(dict(zip(SCOPES, limits, strict=True)))
    with connection.transaction(force_rollback=True):
        for acts, wanted in turns(books, batches):
            assert written(connection, acts, alone=alone) == wanted
        rows = connection.execute(_BUDGETS).fetchall()
    kept = {(scope, period): Purse(reserved, spent, calls) for scope, period, reserved, spent, calls in rows}
    assert kept == books.purses.purses


def turns(books: Books, batches: list[list[Any]]) -> Iterator[tuple[list[Act], list[str]]]:
    """Acts to write together, and the verdicts that must come."""
    numbers = count()
    intents: list[tuple[str, tuple[BudgetDraw, ...]]] = []
    for steps in batches:
        acts: list[Act] = []
        wanted: list[str] = []
        for op, amount, what in steps:
            number = next(numbers)
            if op == "intend":
                budgets = drawn(what, books)
                wanted.append(books.intend(f"evt_{number}", amount, what))
                intents.append((f"evt_{number}", budgets))
                acts.append(act(number, "intend", reserve_usd=str(amount), budgets=budgets))
                continue
            intent_id, budgets = intents[what % len(intents)] if intents else ("evt_none", ())
            # an intent cannot be settled in the batch it was made in: its caller does not have it yet
            if any(intent_id in (one["event_id"], one.get("intent_id")) for one in acts):
                continue
            wanted.append(books.settle(intent_id, amount))
            settled = act(number, "settle", cost_usd=str(amount), intent_id=intent_id, budgets=budgets)
            acts.append(settled)
        if acts:
            yield acts, wanted


def written(connection: psycopg.Connection, acts: list[Act], *, alone: bool) -> list[str]:
    """The verdicts: of one batch, or of acts written one by one, on the short way where that goes."""
    if not alone:
        return verdicts(connection, acts)
    return [verdict for one in acts for verdict in short_way(connection, one)]


def short_way(connection: psycopg.Connection, one: Act) -> list[str]:
    try:
        with connection.transaction():
            if one["op"] == "intend":
                connection.execute(load("muster.ledger", "intend_alone"), {**one, "draws": draws(one)})
            else:
                connection.execute(load("muster.ledger", "settle_alone"), one)
    except psycopg.Error as error:
        if error.sqlstate != "MU005":
            raise
        return verdicts(connection, [one])
    return ["ok"]


def verdicts(connection: psycopg.Connection, acts: list[Act]) -> list[str]:
    rows = connection.execute(load("muster.ledger", "write"), {"batch": batch(acts)}).fetchall()
    return [verdict for verdict, _ in rows]
