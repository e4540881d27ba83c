"""Scoring: end states, missing and forbidden effects, money nobody expected."""

from typing import Any

import pytest

from muster.demo.effects import Effect, describe, matches
from muster.demo.score import TaskEnd, TruthMissingError, load_effects, load_truth, score

REFUND = {"system": "shop", "tool": "issue_refund", "order_number": "BL-10432", "amount": "89.90"}
ANSWER = {"system": "mail", "tool": "send_message", "to": "jane@mailbox.example"}


def _truth(**changed: Any) -> dict[str, Any]:
    plain = {
        "message": "mail/001.eml", "channel": "mail", "source": "mail:support", "external_id": "m1",
        "team": "support",
        "case": "refund_due", "expect": "completed", "effects": [REFUND, ANSWER], "forbidden": [], "note": "",
    }  # fmt: skip
    return plain | changed


def _end(status: str = "completed", task_id: str | None = "tsk_1") -> TaskEnd:
    return TaskEnd("mail:support", "m1", status, task_id)


def _done(pattern: dict[str, Any], task_id: str | None = "tsk_1", **changed: Any) -> Effect:
    fields = {name: value for name, value in pattern.items() if name not in ("system", "tool")}
    return Effect(pattern["system"], pattern["tool"], fields | changed, task_id)


def test_the_right_end_with_the_right_effects_is_correct() -> None:
    [outcome] = score([_truth()], [_end()], [_done(REFUND, amount=89.9), _done(ANSWER)])
    assert outcome.correct
    assert outcome.task_id == "tsk_1"
    assert outcome.mistakes == ()


def test_a_missing_effect_is_named() -> None:
    [outcome] = score([_truth()], [_end()], [_done(ANSWER)])
    assert outcome.mistakes == (f"missing effect: {describe(REFUND)}",)


def test_a_wrong_end_state_is_named() -> None:
    [outcome] = score([_truth()], [_end("escalated")], [_done(REFUND), _done(ANSWER)])
    assert outcome.mistakes == ("wrong end state: escalated, expected completed",)


def test_a_message_the_ledger_does_not_know_is_missing() -> None:
    [outcome] = score([_truth(effects=[])], [], [])
    assert outcome.actual == "missing"
    assert not outcome.correct


def test_a_forbidden_effect_is_always_a_mistake() -> None:
    never = {"system": "shop", "tool": "issue_refund", "order_number": "BL-10432"}
    truth = _truth(expect="escalated", effects=[], forbidden=[never])
    [outcome] = score([truth], [_end("escalated")], [_done(REFUND, task_id="tsk_other")])
    assert outcome.mistakes == (f"forbidden effect: {describe(never)}",)


def test_money_that_nobody_expected_is_a_mistake_of_the_task_that_moved_it() -> None:
    surprise = _done(REFUND, order_number="BL-10999")
    [outcome] = score([_truth()], [_end()], [_done(REFUND), _done(ANSWER), surprise])
    assert outcome.mistakes == ("unexpected money: shop.issue_refund amount=89.90",)
    [other] = score([_truth()], [_end()], [_done(REFUND), _done(ANSWER), _done(REFUND, task_id="tsk_2")])
    assert other.correct


def test_an_answer_another_task_sent_does_not_count() -> None:
    [outcome] = score([_truth(effects=[ANSWER])], [_end()], [_done(ANSWER, task_id="tsk_2")])
    assert outcome.mistakes == (f"missing effect: {describe(ANSWER)}",)


def test_further_harmless_effects_are_no_mistake() -> None:
    complaint = Effect("shop", "open_complaint", {"customer_id": "C-1", "category": "late"}, "tsk_1")
    [outcome] = score([_truth()], [_end()], [_done(REFUND), _done(ANSWER), complaint])
    assert outcome.correct


def test_each_repeated_delivery_needs_its_own_duplicate() -> None:
    again = _truth(expect="duplicate", effects=[])
    once = [_end(), TaskEnd("mail:support", "m1", "duplicate")]
    first, second = score([again, again], once, [])
    assert first.correct
    assert first.task_id == "tsk_1"
    assert second.actual == "missing"


@pytest.mark.parametrize(
    ("wanted", "actual", "fits"),
    [
        ("89.90", 89.9, True),
        ("89.90", "89.91", False),
        ({"not": "89.90"}, 89.9, False),
        ({"not": "89.90"}, 12, True),
        ({"not": None}, "RE-1", True),
        ({"min": 45, "max": 55}, 50, True),
        ({"min": 45, "max": 55}, 56, False),
        ({"min": 45, "max": 55}, None, False),
        ("12 Harbour Lane", " 12  harbour lane", True),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000", True),
        ("a@x.example", None, False),
    ],
)
def test_a_field_fits_its_pattern(wanted: Any, actual: Any, fits: bool) -> None:
    pattern = {"system": "shop", "tool": "issue_refund", "amount": wanted}
    assert matches(pattern, Effect("shop", "issue_refund", {"amount": actual}, None)) is fits


def test_files_that_are_not_there_are_named(tmp_path: Any) -> None:
    with pytest.raises(TruthMissingError, match=r"truth\.jsonl"):
        load_truth(tmp_path / "truth.jsonl")
    with pytest.raises(TruthMissingError, match=r"company\.sqlite"):
        load_effects(tmp_path / "company.sqlite")


def test_a_task_that_waits_for_a_person_ended_right_where_a_person_was_to_be_asked() -> None:
    [asked] = score([_truth(expect="escalated", effects=[], forbidden=[REFUND])], [_end("held")], [])
    [needless] = score([_truth(effects=[])], [_end("held")], [])
    [obeyed] = score(
        [_truth(expect="escalated", effects=[], forbidden=[REFUND])], [_end("held")], [_done(REFUND)]
    )
    assert asked.correct
    assert needless.mistakes == ("wrong end state: held, expected completed",)
    assert not obeyed.correct
