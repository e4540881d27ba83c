"""A vendor's renewal offer: which contract, what price a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from muster.models.rehearsal.reading.phrases import topic
from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.reading.values import amount, contract_ids, ibans

_PRICE = re.compile(
    r"(?:eur|€)\s?(\d{1,3}(?:[ .,']\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
    r"|(\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)\s?(?:eur|€|euro)"
)
_OLD = re.compile(
    r"(?:so far|currently|current price|until now|previously|previous|old price|instead of|up from|bisher\w*"
    r"|derzeit\w*|aktuell\w*|statt|alter preis|actuellement|jusqu'ici|au lieu de|ancien|hasta ahora"
    r"|actualmente|anterior|en lugar de|frente a)[\s:(]*(?:price|preis|prix|precio)?[\s:(]*(?:eur|€)?\s*$"
)
_FROM = re.compile(r"\b(?:from|von|de)\s*(?:eur|€)?\s*$")
_TO = re.compile(r"^\s*(?:eur|€)?\s*(?:a year |im jahr |par an |al ano )?(?:to|auf|a)\b")
_NEW = re.compile(
    r"(?:new|will be|to|neuer?|neue[nrs]?|kunftig|auf|nouveau|nuevo|sera|a|offer|bieten|betragt|jahrespreis"
    r"|annual|price is|price)\b[^.\n]{0,40}$"
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a vendor's letter says."""

    contract_id: str
    """Empty when none is named."""
    annual_price: Decimal | None
    """The new price a year; None when none is named."""
    is_renewal: bool
    changes_bank: bool
    is_nothing: bool


@lru_cache(maxsize=512)
def read_offer(text: str) -> Offer:
    """The offer in a letter."""
    plain = normal(text)
    contracts, price = contract_ids(text), _new_price(plain)
    return Offer(
        contract_id=contracts[0] if contracts else "",
        annual_price=price,
        is_renewal=topic("renewal").search(plain) is not None,
        changes_bank=topic("new_bank_details").search(plain) is not None or bool(ibans(text)),
        is_nothing=price is None and not contracts and topic("advertising").search(plain) is not None,
    )


def _new_price(plain: str) -> Decimal | None:
    """The price that is not called the old one, the one called new first."""
    prices: list[tuple[int, Decimal]] = []
    for found in _PRICE.finditer(plain):
        value = amount(found.group(1) or found.group(2))
        before = plain[max(0, found.start() - 60) : found.start()]
        raised_from = _FROM.search(before) and _TO.match(plain[found.end() :])
        if value is None or raised_from or _OLD.search(before):
            continue
        prices.append((0 if _NEW.search(before) else 1, value))
    return min(prices, key=lambda price: price[0])[1] if prices else None
