"""One module for each kind of work an agent of the rehearsal can do."""

from __future__ import annotations

from collections.abc import Sequence

from muster.models.rehearsal.conversation import Conversation
from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.skills import (
    addresses,
    bank,
    complaints,
    contract_records,
    contracts,
    desk,
    generic,
    invoices,
    lead_qualification,
    lead_research,
    matching,
    orders,
    payments,
    refunds,
)
from muster.models.rehearsal.skills.endings import hand_over_names
from muster.models.rehearsal.skills.work import Skill

BY_POWER: Sequence[Skill] = (
    refunds.SKILL,
    payments.SKILL,
    addresses.SKILL,
    complaints.SKILL,
    bank.SKILL,
    contract_records.SKILL,
    lead_qualification.SKILL,
    matching.SKILL,
    contracts.SKILL,
    orders.SKILL,
    lead_research.SKILL,
    invoices.SKILL,
)
_DESK_ROLES = ("desk", "coordinator", "dispatcher", "triage", "front office", "reception")


def skill_for(talk: Conversation) -> Skill:
    """The skill for the tools an agent is offered and the role it was given.

    The most powerful operation decides, since an agent is given it for its main work. An agent whose role
    says so, or that only reads and can hand over to several colleagues, is a desk.
    """
    colleagues = hand_over_names(talk)
    role = normal(talk.role)
    if colleagues and any(word in role for word in _DESK_ROLES):
        return desk.SKILL
    for skill in BY_POWER:
        if talk.has(*skill.needs):
            return skill
    return desk.SKILL if colleagues else generic.SKILL
