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

    The most powerful operation decides, since an agent is given it for its main work. An agent that only reads and
    hands over, or whose role says it, is a desk.
    """
    role = normal(talk.role)
    hands_over = "hand_off" in talk.tools
    if hands_over and any(word in role for word in _DESK_ROLES):
        return desk.SKILL
    for skill in BY_POWER:
        if talk.has(*skill.needs):
            return skill
    if (
        hands_over
        and len(talk.tools["hand_off"].input_schema.get("properties", {}).get("to", {}).get("enum", [])) > 1
    ):
        return desk.SKILL
    return generic.SKILL
