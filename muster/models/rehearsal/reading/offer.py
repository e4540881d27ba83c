"""A vendor's renewal offer: which contract, what price a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.reading.values import amount, contract_ids

_PRICE = re.compile(
    r"(?:eur|€)\s?(\d{1,3}(?:[ .,']\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
    r"|(\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)\s?(?:eur|€|euro)"
)
_OLD = re.compile(
    r"(?:so far|currently|current price|until now|previously|previous|old price|instead of|up from|bisher\w*|derzeit\w*"
    r"|aktuell\w*|statt|alter preis|actuellement|jusqu'ici|au lieu de|ancien|hasta ahora|actualmente|anterior"
    r"|en lugar de|frente a)[\s:(]*(?:price|preis|prix|precio)?[\s:(]*(?:eur|€)?\s*$"
)
_FROM = re.compile(r"\b(?:from|von|de)\s*(?:eur|€)?\s*$")
_TO = re.compile(r"^\s*(?:eur|€)?\s*(?:a year |im jahr |par an |al ano )?(?:to|auf|a)\b")
_NEW = re.compile(
    r"(?:new|will be|to|neuer?|neue[nrs]?|kunftig|auf|nouveau|nuevo|sera|a|offer|bieten|betragt|jahrespreis|annual|price is|price)\b[^.\n]{0,40}$"
)
_RENEWAL = re.compile(
    r"renew|contract|term ends|verlanger|vertrag|laufzeit|renouvel|contrat|echeance|renov|contrato|vence|price (?:change|adjust)|preisanpass"
)
_NEW_BANK = re.compile(
    r"new account|bank details|bank account|iban|bankverbindung|neues konto|compte bancaire|coordonnees bancaires|cuenta bancaria|nueva cuenta"
)
_NOTHING = re.compile(
    r"unsubscribe|newsletter|webinar|% off|black week|trade fair|click here|abmelden|messe|out of office|automatic reply"
    r"|abwesenheit|automatische antwort|reponse automatique|respuesta automatica"
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
        is_renewal=_RENEWAL.search(plain) is not None,
        changes_bank=_NEW_BANK.search(plain) is not None,
        is_nothing=price is None and not contracts and _NOTHING.search(plain) is not None,
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
