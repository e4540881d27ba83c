"""Lead research: which company an enquiry comes from, by its mail domain."""

from __future__ import annotations

from muster.models.rehearsal.reading.form import read_form
from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.endings import could_not, finish, hand_over
from muster.models.rehearsal.skills.work import Skill, Work


def _research(work: Work) -> Script:
    enquiry = read_form(work.talk.task.body)
    email = work.fact("email") or enquiry.email
    domain = email.rpartition("@")[2]
    facts: dict[str, object] = {
        "email": email,
        "domain": domain,
        "how_many": "stated" if enquiry.says_how_many else "not stated",
        "by_when": "stated" if enquiry.says_by_when else "not stated",
        "employees": "unknown",
    }
    if not enquiry.uses_free_mail and domain:
        found = yield from ask("find_company", domain=domain)
        if not found.ok:
            return could_not(found, f"Looking up {domain}")
        company = found.data.get("company") or {}
        if company and not work.slips("takes the company for an unknown one"):
            facts |= {key: company.get(key) for key in ("employees", "region", "industry")}
            facts["company_on_file"] = company.get("name")
    told = f"{domain} is {facts.get('company_on_file') or 'not a company we know'}."
    if "hand_off" not in work.talk.tools:
        return finish(work, told, answer=told, facts=facts)
    return hand_over(
        work,
        ("records", "scores", "assign", "qualif"),
        "Record, score and assign this lead.",
        decisions=[told],
        facts=facts,
    )


SKILL = Skill(
    name="lead research",
    needs=("find_company",),
    script=_research,
    mistakes=("takes the company for an unknown one",),
)
