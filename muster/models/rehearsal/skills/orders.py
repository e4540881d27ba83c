"""Where is my order: the parcel is looked up and a colleague who writes to customers is told."""

from __future__ import annotations

from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.custody import find_custody, not_theirs
from muster.models.rehearsal.skills.customer_mail import answer_and_finish
from muster.models.rehearsal.skills.endings import could_not, finish, hand_over
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.tracking_answer import shipment_letter
from muster.models.rehearsal.skills.work import Skill, Work

_WRITER = ("writes", "answer", "asked")


def _track(work: Work) -> Script:
    stop = person_needed(work)
    if stop:
        return stop
    custody = yield from find_custody(work)
    if custody.failed:
        return could_not(custody.failed, "Looking up the order")
    if custody.state == "foreign" and not work.slips("takes the sender's word"):
        return not_theirs(work, custody)
    if custody.state == "unclear":
        ask_for = "Ask the customer for the order number."
        return hand_over(work, _WRITER, ask_for, facts={"letter": "ask_order_number", **custody.facts})
    shipment = yield from ask("track_shipment", order_number=custody.number)
    if not shipment.ok:
        return could_not(shipment, f"Tracking {custody.number}")
    status = str(shipment.data.get("status", ""))
    told = {key: value for key, value in shipment.data.items() if value is not None and key != "order_number"}
    facts = {**custody.facts, **{f"shipment_{key}": value for key, value in told.items()}}
    if status == "lost" and not work.slips("takes a lost parcel for a late one"):
        facts["complaint_category"] = "lost_parcel"
        decided = [f"The carrier has lost the parcel of {custody.number}."]
        return hand_over(
            work,
            ("complaint",),
            "Open a lost_parcel complaint and tell the customer.",
            decisions=decided,
            facts=facts,
        )
    letter, values = shipment_letter(facts)
    summary = f"The parcel of {custody.number} is {status}."
    if work.talk.has("send_message"):
        return (yield from answer_and_finish(work, letter, summary, values, name=custody.name))
    if "hand_off" not in work.talk.tools:
        return finish(work, summary, facts=facts)
    return hand_over(
        work,
        _WRITER,
        "Tell the customer where the parcel is.",
        decisions=[summary],
        facts={"letter": letter, **facts},
    )


SKILL = Skill(
    name="orders",
    needs=("track_shipment",),
    script=_track,
    mistakes=("takes the sender's word", "takes a lost parcel for a late one"),
)
