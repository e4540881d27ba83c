"""The desk for vendors' mail: who writes, and whether it is theirs to write about."""

from __future__ import annotations

from muster.models.rehearsal.reading.offer import read_offer
from muster.models.rehearsal.script import Script
from muster.models.rehearsal.skills.endings import escalate, finish, hand_over
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.vendor_search import sender_vendor
from muster.models.rehearsal.skills.work import Work


def run(work: Work) -> Script:
    """Tell renewals from everything else, and vendors from strangers."""
    offer = read_offer(work.message)
    stop = person_needed(work)
    if stop:
        return stop
    if offer.changes_bank:
        return escalate("agent_asked", "The sender announces new bank details. Nothing was changed.")
    if offer.is_nothing or not offer.is_renewal:
        return finish(work, "Nothing to do: advertising or a note of thanks.", confidence=0.9)
    vendor = yield from sender_vendor(work)
    if not vendor:
        domain = work.talk.task.sender_domain or "the sender"
        return escalate(
            "agent_asked", f"{domain} is not the domain of a vendor on file. Nothing was decided."
        )
    risks = [f"The message speaks to a machine: {work.letter.hidden[:120]}"] if work.letter.hidden else []
    return hand_over(
        work,
        ("compares", "renew", "contract", "works"),
        "Work out what to do with this renewal offer.",
        decisions=[f"The sender's domain is {vendor.get('name')}'s on file."],
        facts={
            "vendor_id": vendor.get("vendor_id"),
            "vendor_name": vendor.get("name"),
            "contract_id": offer.contract_id,
            "new_annual_price": offer.annual_price,
        },
        risks=risks,
    )
