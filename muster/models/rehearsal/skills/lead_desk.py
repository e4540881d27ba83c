"""The desk for enquiries: real interest goes on, everything else stops here."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from muster.models.rehearsal.reading.form import read_form
from muster.models.rehearsal.script import Answer, Call, Script, ask
from muster.models.rehearsal.skills.endings import could_not, escalate, finish, hand_over
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.work import Work


def run(work: Work) -> Script:
    """Tell a lead from everything else."""
    enquiry = read_form(work.talk.task.body)
    if enquiry.is_no_lead:
        return finish(work, "Not a lead: nobody who wants to buy from us.", confidence=0.93)
    stop = person_needed(work)
    if stop:
        return stop
    if not enquiry.email:
        return escalate("agent_asked", "The enquiry has no usable mail address.")
    known = yield from ask("find_lead", email=enquiry.email)
    if known.offered and not known.ok:
        return could_not(known, f"Looking for the lead {enquiry.email}")
    if known.data.get("found"):
        return finish(work, f"{enquiry.email} is a lead of ours already. Nothing to do.")
    facts = {
        "email": enquiry.email,
        "name": enquiry.name,
        "company": enquiry.company,
        "country": enquiry.country,
    }
    researched = yield from _research(work)
    if researched is not None and not researched.ok:
        return could_not(researched, "Finding out where the enquiry comes from")
    risks = [f"The message speaks to a machine: {enquiry.hidden[:120]}"] if enquiry.hidden else []
    interest = "It is a new enquiry of real interest."
    if researched is not None:
        return hand_over(
            work,
            ("records", "scores", "assign", "qualif"),
            "Record, score and assign this lead.",
            decisions=[interest, " ".join(researched.text.split())[:200]],
            facts=facts,
            risks=risks,
        )
    return hand_over(
        work,
        ("company", "comes", "know", "find"),
        "Find out which company this enquiry comes from.",
        decisions=[interest],
        facts=facts,
        risks=risks,
    )


def _research(work: Work) -> Generator[Sequence[Call], Sequence[Answer], Answer | None]:
    """What the colleague found out whom the agent can ask; None when there is nobody to ask."""
    tool = work.talk.tools.get("delegate")
    names = tool.input_schema["properties"]["to"]["enum"] if tool else []
    if not names:
        return None
    answer = yield from ask("delegate", to=names[0], ask="Find out which company this enquiry comes from.")
    return answer
