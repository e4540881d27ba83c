"""Keeping contracts: the decision is recorded and the vendor is told."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

from muster.models.rehearsal.script import Answer, Call, Script, ask
from muster.models.rehearsal.skills.customer_mail import answer_and_finish
from muster.models.rehearsal.skills.endings import could_not, escalate
from muster.models.rehearsal.skills.work import Skill, Work

_DECISIONS = ("renew", "renegotiate", "cancel")


def _keep(work: Work) -> Script:
    letter, number, decision = work.fact("letter"), work.fact("contract_id"), work.fact("decision")
    values = {"contract": number, "price": work.fact("new_annual_price"), "cap": work.fact("cap_percent")}
    if letter in ("ask_price", "ask_contract"):
        return (yield from answer_and_finish(work, letter, "Asked the vendor for what is missing.", values))
    if decision not in _DECISIONS or not number:
        return escalate("agent_asked", "There is no decision to record.", confidence=0.6)
    day = yield from _today()
    if work.slips("records the wrong decision"):
        decision = "renew" if decision != "renew" else "renegotiate"
    note = f"{day}{decision}: {work.fact('reason') or 'as decided'}"
    recorded = yield from ask("record_contract_decision", contract_id=number, decision=decision, note=note)
    if not recorded.ok:
        return could_not(recorded, f"Recording {decision} for {number}")
    summary = f"Recorded {decision} for {number}; vendor informed."
    return (yield from answer_and_finish(work, letter, summary, values))


def _today() -> Generator[Sequence[Call], Sequence[Answer], str]:
    """The day as the clock tool tells it, and a space; empty without such a tool."""
    answer = yield from ask("get_current_time", timezone="UTC")
    found = re.search(r"\d{4}-\d{2}-\d{2}", answer.text) if answer.ok else None
    return f"{found.group(0)} " if found else ""


SKILL = Skill(
    name="contract records",
    needs=("record_contract_decision",),
    script=_keep,
    mistakes=("records the wrong decision", "doubts itself"),
)
