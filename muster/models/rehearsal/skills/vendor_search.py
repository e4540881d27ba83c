"""Finding the vendor a message or document is from."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeAlias

from muster.models.rehearsal.reading.phrases import word_set
from muster.models.rehearsal.reading.plain import normal, words
from muster.models.rehearsal.script import Answer, Call, ask
from muster.models.rehearsal.skills.work import Work

Vendor: TypeAlias = Mapping[str, Any]
Search: TypeAlias = Generator[Sequence[Call], Sequence[Answer], Vendor]

_SHORTEST_NAME = 3


def find_vendor(vat_id: str, name: str) -> Search:
    """The vendor with this VAT id, else the one of this name; empty when there is none, or several."""
    if vat_id:
        found = yield from ask("find_vendor", vat_id=vat_id)
        fits = [vendor for vendor in listed(found) if vendor.get("vat_id") == vat_id]
        if len(fits) == 1:
            return fits[0]
    telling = telling_name(name)
    if telling:
        found = yield from ask("find_vendor", name=telling)
        fits = listed(found)
        if len(fits) == 1:
            return fits[0]
        same = [vendor for vendor in fits if normal(str(vendor.get("name"))) == normal(name)]
        if len(same) == 1:
            return same[0]
    return {}


def sender_vendor(work: Work) -> Search:
    """The vendor whose mail domain on file is the sender's; empty when there is none."""
    domain = work.talk.task.sender_domain
    if not domain:
        return {}
    found = yield from ask("find_vendor", domain=domain)
    same = [vendor for vendor in listed(found) if str(vendor.get("domain", "")).lower() == domain]
    return same[0] if len(same) == 1 else {}


def listed(answer: Answer) -> list[Vendor]:
    """The vendors of a search's answer."""
    vendors = answer.data.get("vendors")
    return [vendor for vendor in vendors if isinstance(vendor, dict)] if isinstance(vendors, list) else []


def telling_name(name: str) -> str:
    """The part of a company's name it is known by: the first word that is no legal form."""
    return next((word for word in words(normal(name)) if _tells(word)), "")


def _tells(word: str) -> bool:
    return word not in word_set("legal_forms") and len(word) >= _SHORTEST_NAME
