"""Complaints: recorded with the right category, answered, left to the complaints desk."""

from __future__ import annotations

import re

from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.custody import Custody, find_custody, not_theirs
from muster.models.rehearsal.skills.customer_mail import answer_and_finish, ask_which_order
from muster.models.rehearsal.skills.endings import could_not
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.work import Skill, Work

_CATEGORIES = (
    (
        "missing_item",
        r"missing from|is missing|are missing|not in the box|wasn't in|was not in|only received|incomplete|packing slip"
        r"|fehlt|fehlen|nicht im karton|nicht im paket|unvollstandig|lieferschein"
        r"|manque|manquant|incomplet|falta algo|me falta|le falta|faltan|incompleto",
    ),
    (
        "wrong_item",
        r"wrong|instead of|not what i ordered|falsche|falschen|falscher|bestellt hatte ich|statt|mauvais|au lieu|erreur"
        r"|j'avais commande|equivocad|en lugar de|en vez de|incorrect",
    ),
    (
        "damaged",
        r"damaged|broken|torn|tear|ripped|hole|soaked|crushed|beschadigt|kaputt|riss|loch|nass|abime|endommage|dechire"
        r"|trou|casse|roto|rota|agujero|rasgad|danad|mojad",
    ),
    (
        "quality",
        r"quality|shrunk|shrink|seam|smell|faded|fray|fell apart|coming apart|wash|qualitat|naht|nahte|wasche"
        r"|eingelaufen|riecht|qualite|couture|lavage|retreci|calidad|costura|lavado|encogid",
    ),
    ("late", r"late|weeks|delay|zu spat|verspat|wochen|retard|semaines|tarde|semanas|retras"),
)
_COMPILED = tuple((category, re.compile(rf"\b(?:{words})")) for category, words in _CATEGORIES)


def category_of(message: str) -> str:
    """The complaint category the message's words speak for most; `other` when none do."""
    text = normal(message)
    heard = {category: len(set(pattern.findall(text))) for category, pattern in _COMPILED}
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
