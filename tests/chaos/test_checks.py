"""The checks find what they are there to find; a fault test that cannot fail would prove nothing."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from muster.demo.effects import Effect
from tests.chaos.books import Ordered, books_say
from tests.chaos.checks import (
    Finding,
    asked_side_by_side,
    bought_twice,
    budgets,
    leases,
    run_ends,
    task_ends,
)
from tests.chaos.counts import Counts
from tests.chaos.record import Diary, Terms
from tests.chaos.report import sentences, summary
from tests.chaos.run import Outcome
from tests.chaos.schedule import BLOCK, FULL, LIGHT, schedule

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAIL = {"to": "jo@shop.example", "subject": "Your order", "body": "It is on its way."}
REFUND = {"order_number": "BL-10432", "amount": 89.9, "currency": "EUR", "reason": "damaged"}


def sent(number: int = 1, task: str = "tsk_1", **changed: str) -> Effect:
    fields = {**MAIL, **changed, "message_id": f"MSG-{number:05d}", "status": "queued"}
    return Effect("mail", "send_message", fields, task)


def refunded(number: int, key: str) -> Effect:
    fields = {**REFUND, "idempotency_key": key, "refund_id": f"RF-{number:05d}", "replayed": False}
    return Effect("shop", "issue_refund", fields, "tsk_1")


def order(call: str, tool: str = "mail.send_message", status: str | None = "ok", **arguments: Any) -> Ordered:
    return Ordered("tsk_1", call, tool, arguments or MAIL, status, json.dumps({"message_id": "MSG-00001"}))


def problems(effects: list[Effect], orders: list[Ordered]) -> list[str]:
    return [what for what, _, _ in books_say(effects, orders).problems]


def test_what_was_ordered_once_and_done_once_is_well() -> None:
    assert problems([sent()], [order("1.0.a")]) == []


def test_a_call_that_was_carried_out_twice_is_found() -> None:
    assert problems([sent(1), sent(2)], [order("1.0.a")]) == ["ordered once, done twice"]


def test_the_repetition_of_a_call_is_the_same_order() -> None:
    repeated = [order("1.0.a", status="transport_error"), order("1.0.a#2")]
    named = [Ordered(each.task_id, each.call_id.partition("#")[0], *_rest(each)) for each in repeated]
    assert problems([sent(1), sent(2)], named) == ["ordered once, done twice"]


def test_the_same_thing_under_two_call_ids_is_found() -> None:
    assert problems([sent(1), sent(2)], [order("1.0.a"), order("2.0.a")]) == [
        "the same thing ordered and done twice"
    ]


def test_a_refund_under_two_idempotency_keys_is_one_refund_given_twice() -> None:
    orders = [
        Ordered("tsk_1", call, "shop.issue_refund", {**REFUND, "idempotency_key": key}, None, None)
        for call, key in (("1.0.a", "key-one"), ("1.1.a", "key-two"))
    ]
    effects = [refunded(1, "key-one"), refunded(2, "key-two")]
    assert problems(effects, orders) == ["the same thing ordered and done twice"]


def test_two_different_mails_of_one_task_are_two_things() -> None:
    other = {**MAIL, "subject": "Your refund"}
    orders = [order("1.0.a"), order("2.0.a", **other, status=None)]
    assert problems([sent(1), sent(2, subject="Your refund")], orders) == []


def test_the_same_mail_for_two_tasks_is_two_things() -> None:
    orders = [order("1.0.a"), Ordered("tsk_2", "1.0.a", "mail.send_message", MAIL, None, None)]
    assert problems([sent(1), sent(2, task="tsk_2")], orders) == []


def test_what_nobody_ordered_is_found() -> None:
    assert problems([sent()], []) == ["done but never ordered"]


def test_what_is_recorded_as_done_but_not_in_the_books_is_found() -> None:
    assert problems([], [order("1.0.a")]) == ["recorded as done but not in the books"]


def test_an_effect_whose_outcome_was_never_heard_is_counted() -> None:
    said = books_say([sent()], [order("1.0.a", status=None)])
    assert (said.unheard, said.problems) == (1, [])


def history(*steps: tuple[str, str, int]) -> list[dict[str, Any]]:
    return [
        {"task_id": "tsk_1", "kind": kind, "worker": worker, "attempt": attempt, "happened_at": AT}
        for kind, worker, attempt in steps
    ]


def test_a_task_that_changes_hands_in_order_is_well() -> None:
    events = history(
        ("task.leased", "one", 1),
        ("task.lease_expired", "one", 1),
        ("task.leased", "two", 2),
        ("task.released", "two", 2),
        ("task.leased", "one", 3),
        ("task.ended", "", 0),
    )
    assert list(leases(events)) == []


@pytest.mark.parametrize(
    "steps",
    [
        [("task.leased", "one", 1), ("task.leased", "two", 2)],
        [("task.leased", "one", 1), ("task.released", "two", 1)],
        [("task.leased", "one", 1), ("task.lease_expired", "one", 1), ("task.leased", "two", 3)],
        [("task.leased", "one", 1), ("task.released", "one", 1), ("task.ended", "", 0)],
        [("task.leased", "one", 1), ("task.ended", "", 0), ("task.ended", "", 0)],
    ],
)
def test_two_holders_of_one_task_are_found(steps: list[tuple[str, str, int]]) -> None:
    assert list(leases(history(*steps)))


def asked(seq: int, answered: int | None, leased: int = 1, question: str = "aaaa") -> dict[str, Any]:
    return {
        "task_id": "tsk_1",
        "run_id": "run_1",
        "asked_seq": seq,
        "asked_at": AT,
        "leased_seq": leased,
        "request_sha256": question,
        "answered_seq": answered,
        "status": None if answered is None else "ok",
    }


def test_an_answer_that_was_lost_may_be_asked_for_again() -> None:
    assert list(bought_twice([asked(2, None), asked(5, 6, leased=4)])) == []


def test_a_recorded_answer_that_is_asked_for_again_is_found() -> None:
    assert len(list(bought_twice([asked(2, 3), asked(5, 6, leased=4)]))) == 1


def test_two_runners_that_ask_at_once_are_counted_apart() -> None:
    calls = [asked(2, 5, leased=1), asked(6, 7, leased=4)]
    assert list(bought_twice(calls)) == []
    assert asked_side_by_side(calls) == 1


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"ends": 2}, ["every task ended once"]),
        ({"ends": 0}, ["every task ended once"]),
        ({"as_it_stands": False}, ["every task ended once"]),
        ({"ended_at": None, "ends": 0, "status": "working"}, ["every task ended once"]),
        ({"status": "failed"}, ["no task failed by itself"]),
    ],
)
def test_every_task_must_have_ended_once(changed: dict[str, Any], found: list[str]) -> None:
    task = {"task_id": "tsk_1", "status": "completed", "ended_at": AT, "ends": 1, "as_it_stands": True}
    task |= {"last_end_at": AT, "summary": "KeyError"}
    assert [finding.check for finding in task_ends([task | changed])] == found


def test_every_run_must_have_started_and_ended_once() -> None:
    well = {"task_id": "tsk_1", "run_id": "run_1", "starts": 1, "ends": 1, "at": AT}
    assert list(run_ends([well])) == []
    assert len(list(run_ends([well | {"ends": 2}]))) == 1
    assert len(list(run_ends([well, well | {"run_id": "run_2"}]))) == 1


@pytest.mark.parametrize(
    "changed",
    [{"reserved_usd": Decimal("0.01")}, {"spent_usd": Decimal("0.30")}, {"calls": 4}, {"spent_usd": None}],
)
def test_a_budget_that_does_not_balance_is_found(changed: dict[str, Any]) -> None:
    well = {"scope": "fleet", "period": "2026-11-21", "reserved_usd": Decimal(0), "calls": 3}
    well |= {"spent_usd": Decimal("0.25"), "cost_usd": Decimal("0.25"), "intended": 3}
    assert list(budgets([well])) == []
    assert len(list(budgets([well | changed]))) == 1


def test_a_longer_schedule_begins_with_the_shorter_one() -> None:
    assert schedule(7, 300, light=False, every_seconds=1)[:60] == schedule(
        7, 60, light=False, every_seconds=1
    )
    assert schedule(7, 60, light=True, every_seconds=1) != schedule(8, 60, light=True, every_seconds=1)


@pytest.mark.parametrize(("light", "mixture"), [(True, LIGHT), (False, FULL)])
def test_every_block_has_its_mixture_and_one_hunt(light: bool, mixture: dict[str, int]) -> None:
    kills = schedule(7, 5 * BLOCK, light=light, every_seconds=1)
    for start in range(0, len(kills), BLOCK):
        block = kills[start : start + BLOCK]
        assert {name: sum(kill.victim == name for kill in block) for name in mixture} == mixture
        aimed = sorted((kill.aim, kill.victim) for kill in block if kill.is_aimed)
        assert aimed == [(aim, name) for aim in ("mid_call", "mid_keyed_call") for name in ("http", "worker")]
        assert [kill.aim for kill in block if kill.hunt] == ["at_work", "same_task", "same_task"]


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    terms = Terms(seed=7, kills=60, light=True, every_seconds=1, lease_seconds=4, workers=3, first=1)
    diary = Diary.begun(tmp_path / "run", terms)
    for number in range(1, 41):
        diary.note(number, "worker", [1000 + number], ["tsk_1"])
    return diary


def test_a_run_is_taken_up_where_it_was_stopped(diary: Diary) -> None:
    again = Diary.resumed(diary.folder)
    assert (again.terms, again.made) == (diary.terms, diary.made)
    with pytest.raises(FileExistsError):
        Diary.begun(diary.folder, diary.terms)


def test_a_failure_names_the_kill_before_it_and_how_to_see_it_again(diary: Diary) -> None:
    at = datetime.fromisoformat(diary.made[29].at) + timedelta(microseconds=1)
    outcome = Outcome(Counts(), [Finding("every task ended once", "ended 2 times", "tsk_1", at)])
    said = "\n".join(sentences(diary, outcome))
    assert "FAILED  every task ended once: 1" in said
    assert "ended 2 times (tsk_1, after kill 30)" in said
    terms = "--seed 7 --kills 30 --every 1 --lease 4 --workers 3 --answer-after-ms 40:400 --light"
    assert f"{terms} --first 11" in said
    assert json.loads(json.dumps(summary(diary, outcome)))["findings"]


def _rest(each: Ordered) -> tuple[str, Any, str | None, str | None]:
    return each.tool, each.arguments, each.status, each.result
