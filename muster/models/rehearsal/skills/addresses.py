"""Changes of a delivery address, and the answers a colleague has prepared for customers."""

from __future__ import annotations

from muster.models.rehearsal.reading.address import read_address
from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.custody import Custody, find_custody, not_theirs
from muster.models.rehearsal.skills.customer_mail import answer_and_finish, ask_which_order
from muster.models.rehearsal.skills.endings import could_not, hand_over
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.routing import WANTED, WORDS
from muster.models.rehearsal.skills.tracking_answer import shipment_letter
from muster.models.rehearsal.skills.work import Skill, Work


def _keep(work: Work) -> Script:
    stop = person_needed(work)
    if stop:
        return stop
    prepared = work.fact("letter")
    if prepared == "ask_order_number":
        return (yield from ask_which_order(work))
    if prepared.startswith("tracking_"):
        letter, values = shipment_letter(dict(work.talk.facts))
        summary = f"Told the customer about the parcel of {work.fact('order_number')}."
        return (yield from answer_and_finish(work, letter, summary, values))
    custody = yield from find_custody(work)
    if custody.failed:
        return could_not(custody.failed, "Looking up the order")
    if custody.state == "foreign" and not work.slips("takes the sender's word"):
        return not_theirs(work, custody)
    if custody.state == "unclear":
        return (yield from ask_which_order(work, custody.name))
    other = work.reading.strongest(("tracking", "complaint"))
    if work.reading.of("address") == 0 and other is not None:
        return hand_over(work, WANTED[other], WORDS[other], facts=custody.facts)
    return (yield from _change(work, custody))


def _change(work: Work, custody: Custody) -> Script:
    number = custody.number
    if custody.order.get("status") != "processing":
        summary = (
            f"{number} is {custody.order.get('status')}: its address cannot be changed, customer informed."
        )
        return (
            yield from answer_and_finish(
                work, "address_too_late", summary, {"order": number}, name=custody.name
            )
        )
    before = custody.order.get("shipping_address") or {}
    address = read_address(work.letter.fresh, str(before.get("country", "")))
    if address is None:
        summary = f"The new address for {number} is incomplete; the customer was asked for it."
        return (
            yield from answer_and_finish(
                work, "address_missing", summary, {"order": number}, name=custody.name
            )
        )
    street = f"{address.street} 1" if work.slips("copies the address wrongly") else address.street
    changed = yield from ask(
        "update_shipping_address",
        order_number=number,
        street=street,
        city=address.city,
        postal_code=address.postal_code,
        country=address.country,
    )
    if not changed.ok:
        return could_not(changed, f"Changing the address of {number}")
    values = {
        "order": number,
        "address": f"{street}, {address.postal_code} {address.city}, {address.country}",
    }
    summary = f"{number} now goes to {values['address']}; customer informed."
    return (yield from answer_and_finish(work, "address_changed", summary, values, name=custody.name))


SKILL = Skill(
    name="addresses",
    needs=("update_shipping_address",),
    script=_keep,
    mistakes=("takes the sender's word", "copies the address wrongly", "doubts itself"),
)
