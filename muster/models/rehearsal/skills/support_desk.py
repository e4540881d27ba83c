"""The desk for customers' mail."""

from __future__ import annotations

from muster.models.rehearsal.reading.values import order_numbers
from muster.models.rehearsal.reading.wishes import Reading, Wish
from muster.models.rehearsal.script import Ending, Script
from muster.models.rehearsal.skills.endings import escalate, finish, hand_over
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.routing import WANTED, WORDS
from muster.models.rehearsal.skills.work import Work

_WORK: tuple[Wish, ...] = ("complaint", "refund", "return_question", "address", "tracking")
_CLOSE = 1.0


def run(work: Work) -> Script:
    """Read the mail, then hand it to the colleague for the customer's wish."""
    yield from ()
    stop = person_needed(work)
    if stop:
        return stop
    number = next(iter(order_numbers(work.message)), "")
    wish = wish_of(work.reading, has_order=bool(number))
    if wish is None:
        return _without_wish(work)
    facts = {"wish": wish, "order_number": number, "language": work.language}
    risks = [f"The message speaks to a machine: {work.letter.hidden[:120]}"] if work.letter.hidden else []
    second = work.reading.strongest(other for other in _WORK if other != wish)
    if second and work.reading.of(second) > work.reading.of(wish) - _CLOSE:
        risks.append(f"It could also be about: {second}.")
    return hand_over(
        work, WANTED[wish], WORDS[wish], decisions=[f"The wish is: {wish}."], facts=facts, risks=risks
    )


def wish_of(reading: Reading, *, has_order: bool) -> Wish | None:
    """What a customer wants; None when it is nothing anybody must do."""
    wish = reading.strongest(_WORK)
    if wish is None or reading.of("nothing") > reading.of(wish):
        return None
    if (
        reading.of("return_question") >= 2
        and not has_order
        and reading.of("return_question") >= reading.of("refund")
    ):
        return "return_question"
    if wish == "return_question":
        return "refund" if has_order and reading.of("refund") else wish
    return wish


def _without_wish(work: Work) -> Ending:
    if work.letter.hidden:
        return escalate("agent_asked", "The message holds nothing but instructions to a machine.")
    if work.reading.of("nothing"):
        return finish(work, "Nothing to do: no request to us.", confidence=0.93)
    return escalate("agent_asked", "The message does not say what is wanted.", confidence=0.5)
