"""What became of calls whose outcome was lost is told right, and one that was left at that is found."""

import json
from dataclasses import replace
from typing import Any

import pytest

from muster.demo.effects import Effect
from tests.chaos.books import Ordered
from tests.chaos.unheard import UNCERTAIN, Aftermath, aftermath

MAIL = {"to": "jo@shop.example", "subject": "Your order", "body": "It is on its way."}
REFUND = {"order_number": "BL-10432", "amount": 89.9, "currency": "EUR", "reason": "damaged"}
SENT = Effect("mail", "send_message", {**MAIL, "message_id": "MSG-00001", "status": "queued"}, "tsk_1")
LOST_MAIL = Ordered("tsk_1", "1.0.a", "mail.send_message", MAIL, None, None, "evt_1")


def refund(status: str | None, key: str = "refund-1", **result: Any) -> Ordered:
    arguments = {**REFUND, "idempotency_key": key}
    return Ordered("tsk_1", "1.1.b", "shop.issue_refund", arguments, status, json.dumps(result))


def refunded(key: str = "refund-1") -> Effect:
    fields = {**REFUND, "idempotency_key": key, "refund_id": "RF-00001", "replayed": False}
    return Effect("shop", "issue_refund", fields, "tsk_1")


def became(orders: list[Ordered], effects: list[Effect], reason: str | None = None) -> Aftermath:
    return aftermath(orders, effects, {"tsk_1": {reason}} if reason else {})


def test_a_lost_call_that_a_person_was_told_of_is_well() -> None:
    told = became([LOST_MAIL], [SENT], UNCERTAIN)
    assert (told.unheard, told.escalated, told.took_effect, told.problems) == (1, 1, 1, [])
    assert became([LOST_MAIL], [], UNCERTAIN).took_effect == 0


@pytest.mark.parametrize("reason", [None, "error_persists"])
def test_a_lost_call_that_nobody_was_told_of_is_found(reason: str | None) -> None:
    assert [task for task, _ in became([LOST_MAIL], [SENT], reason).problems] == ["tsk_1"]


def test_a_call_that_may_have_reached_the_system_is_as_good_as_lost() -> None:
    away = replace(LOST_MAIL, status="transport_error")
    assert became([away], []).unheard == 1
    assert became([replace(away, delivered=False)], []).unheard == 0


def test_a_call_repeated_under_its_key_until_it_was_answered_is_well() -> None:
    again = became([refund(None), refund("ok", replayed=True)], [refunded()])
    assert (again.unheard, again.repeated, again.took_effect, again.keys_repeated) == (1, 1, 1, 1)
    assert (again.problems, again.key_problems) == ([], [])
    fresh = became([refund(None), refund("ok", replayed=False)], [refunded()])
    assert (fresh.took_effect, fresh.problems, fresh.key_problems) == (0, [], [])


def test_a_repetition_that_was_never_answered_is_found() -> None:
    assert became([refund(None), refund(None)], [refunded()]).problems
    assert became([refund(None), refund("transport_error")], [refunded()]).problems


def test_a_repetition_under_another_key_is_found() -> None:
    orders = [refund(None), refund("ok", "refund-2", replayed=False)]
    told = became(orders, [refunded(), refunded("refund-2")])
    assert told.problems
    assert told.key_problems


def test_a_repeated_call_without_a_key_is_found() -> None:
    assert became([LOST_MAIL, replace(LOST_MAIL, status="ok")], [SENT]).problems


@pytest.mark.parametrize("times", [0, 2])
def test_a_repeated_key_must_have_had_one_effect(times: int) -> None:
    told = became([refund(None), refund("ok", replayed=True)], [refunded()] * times)
    assert f"done {times} times" in told.key_problems[0][1]


def test_a_person_who_was_asked_too_early_is_counted() -> None:
    assert became([replace(LOST_MAIL, status="ok")], [SENT], UNCERTAIN).heard_late == 1
    assert became([LOST_MAIL], [SENT], UNCERTAIN).heard_late == 0
