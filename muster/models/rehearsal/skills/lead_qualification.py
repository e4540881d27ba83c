"""Lead qualification: recorded, scored by the company's rule, assigned to the executive of the region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from muster.models.rehearsal.reading.form import Enquiry, read_form
from muster.models.rehearsal.script import Call, Script, ask
from muster.models.rehearsal.skills.endings import could_not, escalate, finish
from muster.models.rehearsal.skills.work import Skill, Work

ASSIGN_FROM = 50
_SEGMENTS = (("enterprise", 500, 50), ("mid_market", 50, 35), ("small", 1, 20))
_FOR_HOW_MANY = 25
_FOR_BY_WHEN = 20


def _qualify(work: Work) -> Script:
    enquiry = read_form(work.talk.task.body)
    email = work.fact("email") or enquiry.email
    segment, score, reasons = grade(work.fact("employees"), work.fact("how_many"), work.fact("by_when"))
    if work.slips("adds the score up wrongly"):
        score = max(0, score - 10)
    created = yield from ask("create_lead", **_lead(work, enquiry, email))
    if not created.ok:
        return could_not(created, f"Recording the lead {email}")
    lead_id = created.data.get("lead_id")
    region = work.fact("region")
    assigns = score >= ASSIGN_FROM and segment != "unknown"
    calls = [
        Call(
            "score_lead",
            {"lead_id": lead_id, "score": score, "segment": segment, "reasons": "; ".join(reasons)},
        )
    ]
    if assigns:
        calls.append(Call("list_account_executives", {"region": region} if region else {}))
    answers = yield calls
    if not all(answer.ok for answer in answers):
        return could_not(next(answer for answer in answers if not answer.ok), f"Scoring the lead {lead_id}")
    told = f"Lead {lead_id} ({email}): {segment}, score {score}"
    if not assigns:
        return finish(work, f"{told}; not assigned.")
    executive = executive_for(answers[1].data.get("executives") or [], region, segment)
    if executive is None:
        return escalate("agent_asked", f"{told}; no account executive covers {segment} in {region}.")
    assigned = yield from ask("assign_lead", lead_id=lead_id, executive_id=executive)
    if not assigned.ok:
        return could_not(assigned, f"Assigning the lead {lead_id} to {executive}")
    return finish(work, f"{told}; assigned to {executive}.")


def grade(employees: str, how_many: str, by_when: str) -> tuple[str, int, list[str]]:
    """Segment, score and reasons, by the employees of the company and what the message states."""
    count = int(employees) if employees.isdecimal() else 0
    segment, score = next(
        ((name, points) for name, least, points in _SEGMENTS if count >= least), ("unknown", 5)
    )
    reasons = [f"{segment} ({employees or 'unknown'} employees): {score}"]
    if how_many == "stated":
        score += _FOR_HOW_MANY
        reasons.append(f"says how many: {_FOR_HOW_MANY}")
    if by_when == "stated":
        score += _FOR_BY_WHEN
        reasons.append(f"says by when: {_FOR_BY_WHEN}")
    return segment, score, reasons


def executive_for(executives: Sequence[Mapping[str, Any]], region: str, segment: str) -> str | None:
    """The executive of the region who covers the segment; None when there is none."""
    for executive in executives:
        if segment in (executive.get("segments") or []) and executive.get("region") in (region, None):
            return str(executive.get("executive_id"))
    return None


def _lead(work: Work, enquiry: Enquiry, email: str) -> dict[str, Any]:
    return {
        "email": email,
        "name": enquiry.name or work.fact("name") or email,
        "company": enquiry.company or work.fact("company_on_file", "company") or email.rpartition("@")[2],
        "domain": email.rpartition("@")[2] or None,
        "message": enquiry.message or "(no message)",
        "source": "website-form"
        if work.talk.task.channel == "webhook"
        else work.talk.task.channel or "website-form",
    }


SKILL = Skill(
    name="lead qualification",
    needs=("score_lead",),
    script=_qualify,
    mistakes=("adds the score up wrongly", "doubts itself"),
)
