"""The desk: reads what arrives first, stops what is for nobody or for a person, and hands the rest on."""

from __future__ import annotations

from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.script import Script
from muster.models.rehearsal.skills import finance_desk, generic, lead_desk, support_desk, vendor_desk
from muster.models.rehearsal.skills.endings import colleagues
from muster.models.rehearsal.skills.work import Skill, Work

_KINDS = (
    (support_desk.run, ("customer", "refund", "order", "parcel", "complaint", "address")),
    (finance_desk.run, ("invoice", "bank", "payment", "statement")),
    (lead_desk.run, ("lead", "enquiry", "enquirie", "company", "sales")),
    (vendor_desk.run, ("contract", "renewal", "vendor", "offer")),
)


def _sort(work: Work) -> Script:
    """Which kind of desk it is shows in what the colleagues do."""
    place = normal(" ".join([*colleagues(work).values(), *work.talk.operations, work.talk.role]))
    scores = [sum(place.count(word) for word in held) for _, held in _KINDS]
    if not any(scores):
        return (yield from generic.run(work))
    return (yield from _KINDS[scores.index(max(scores))][0](work))


SKILL = Skill(name="desk", needs=("hand_off",), script=_sort, mistakes=("wrong colleague",))
