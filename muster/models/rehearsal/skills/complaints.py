"""Complaints: recorded with the right category, answered, left to the complaints desk."""

from __future__ import annotations

from muster.models.rehearsal.reading.phrases import topic
from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.custody import Custody, find_custody, not_theirs
from muster.models.rehearsal.skills.customer_mail import answer_and_finish, ask_which_order
from muster.models.rehearsal.skills.endings import could_not
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.work import Skill, Work

_CATEGORIES = ("missing_item", "wrong_item", "damaged", "quality", "late")


def category_of(message: str) -> str:
    """The complaint category the message's words speak for most; `other` when none do."""
    text = normal(message)
    heard = {category: len(set(topic(category).findall(text))) for category in _CATEGORIES}
    best = max(heard, key=lambda category: heard[category])
    return best if heard[best] else "other"


def _listen(work: Work) -> Script:
    stop = person_needed(work)
    if stop:
        return stop
    custody = yield from find_custody(work)
    if custody.failed:
        return could_not(custody.failed, "Looking up the order")
    if custody.state == "foreign":
        return not_theirs(work, custody)
    if custody.state == "unclear":
        return (yield from ask_which_order(work, custody.name))
    category = work.fact("complaint_category") or category_of(work.message)
    if work.slips("files it under the wrong category"):
        category = "late" if category != "late" else "quality"
    return (yield from _open(work, custody, category))


def _open(work: Work, custody: Custody, category: str) -> Script:
    opened = yield from ask(
        "open_complaint",
        customer_id=custody.customer.get("customer_id"),
        category=category,
        summary=" ".join(work.letter.fresh.split())[:400] or work.talk.task.subject,
        order_number=custody.number,
    )
    if not opened.ok:
        return could_not(opened, f"Opening a {category} complaint about {custody.number}")
    complaint = opened.data.get("complaint_id", "")
    occasion = "lost" if category == "lost_parcel" else "complaint_opened"
    order = custody.number if occasion == "lost" else f" {custody.number}"
    summary = f"Complaint {complaint} ({category}) about {custody.number} is open; customer informed."
    values = {"order": order, "complaint": complaint}
    return (yield from answer_and_finish(work, occasion, summary, values, name=custody.name))


SKILL = Skill(
    name="complaints",
    needs=("open_complaint",),
    script=_listen,
    mistakes=("files it under the wrong category", "doubts itself"),
)
