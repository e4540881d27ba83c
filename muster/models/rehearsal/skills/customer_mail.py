"""Answering the customer in their language."""

from __future__ import annotations

from collections.abc import Mapping

from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.endings import could_not, finish
from muster.models.rehearsal.skills.work import Work
from muster.models.rehearsal.wording.letters import reply_subject, write_letter


def answer_and_finish(
    work: Work,
    occasion: str,
    summary: str,
    values: Mapping[str, object] | None = None,
    *,
    name: str = "",
    confidence: float = 0.95,
) -> Script:
    """Write to the sender, then finish; without a mail tool the answer is given in the finish."""
    text = write_letter(occasion, work.language, name or work.fact("customer_name"), **(values or {}))
    task = work.talk.task
    if not work.talk.has("send_message"):
        return finish(work, summary, answer=text, confidence=confidence)
    sent = yield from ask(
        "send_message", to=task.sender_address, subject=reply_subject(task.subject), body=text
    )
    if not sent.ok:
        return could_not(sent, f"Sending the answer to {task.sender_address}")
    return finish(work, summary, answer=text, confidence=confidence)


def ask_which_order(work: Work, name: str = "") -> Script:
    """Ask for the order number and finish."""
    summary = "The message does not say which order it is about; the sender was asked for the number."
    return (yield from answer_and_finish(work, "ask_order_number", summary, name=name, confidence=0.9))
