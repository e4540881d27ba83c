"""The desk for enquiries: real interest goes on, everything else stops here."""

from __future__ import annotations

from muster.models.rehearsal.reading.form import read_form
from muster.models.rehearsal.script import Script, ask
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
    risks = [f"The message speaks to a machine: {enquiry.hidden[:120]}"] if enquiry.hidden else []
    return hand_over(
        work,
        ("company", "comes", "know", "find"),
        "Find out which company this enquiry comes from.",
        decisions=["It is a new enquiry of real interest."],
        facts=facts,
        risks=risks,
    )
