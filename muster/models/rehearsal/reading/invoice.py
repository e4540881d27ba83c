"""What stands on an invoice, in the words of four languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.reading.values import amounts, dates, ibans, purchase_orders, vat_ids

_NUMBER = re.compile(
    r"(?:invoice|rechnungs?|facture|factura)[ \t-]*"
    r"(?:number|nummer|numero|num|(?:no|nr|n)(?=[ .:#°º]))?[ \t.:#°º]*(?:o[ .:]+)?"
    r"([a-z]{0,5}[-/]?\d[\w/-]{2,18}|[a-z]{1,6}[-/][\w/-]*\d[\w/-]*)"
)
_NET = re.compile(
    r"^(?:net\b|netto|nettobetrag|total ht|montant ht|base imponible|subtotal|zwischensumme|sous-total)"
)
_VAT = re.compile(r"^(?:vat\b|mwst|ust\b|umsatzsteuer|mehrwertsteuer|tva\b|iva\b)")
_TOTAL = re.compile(
    r"^(?:total|gesamt|rechnungsbetrag|endbetrag|summe|amount due|balance due|importe total|a payer"
    r"|zu zahlen)"
)
_DUE = re.compile(r"(?:due|fallig|zahlbar|echeance|vencimiento|pay by|payable)")
_COMPANY = re.compile(
    r"^[^\n:]{2,60}?\b(?:gmbh(?: & co\. kg)?|ag|kg|ug|e\.k\.|ltd|limited|plc|llp|sarl|sas|sa|s\.a\.|s\.l\.|sl"
    r"|s\.a\.r\.l\.|bv|b\.v\.|inc|oy|ab|srl)\b\.?",
    re.IGNORECASE | re.MULTILINE,
)
_CURRENCIES = (("EUR", ("eur", "€")), ("GBP", ("gbp", "£")), ("USD", ("usd", "$")), ("CHF", ("chf",)))


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as read; what was not found is empty or None."""

    number: str
    vendor_name: str
    vat_id: str
    po_number: str
    net: Decimal | None
    vat: Decimal | None
    total: Decimal | None
    currency: str
    due_on: date | None
    iban: str

    @property
    def adds_up(self) -> bool:
        """Whether net and VAT make the total, where all three are given."""
        if self.net is None or self.vat is None or self.total is None:
            return True
        return abs(self.net + self.vat - self.total) <= Decimal("0.02")


@lru_cache(maxsize=512)
def read_invoice(text: str) -> Invoice:
    """The invoice in a text."""
    plain = normal(text)
    lines = [line.strip() for line in plain.split("\n") if line.strip()]
    numbers = _NUMBER.findall(plain)
    vats, orders, accounts = vat_ids(text), purchase_orders(text), ibans(text)
    return Invoice(
        number=_as_written(numbers[0], text) if numbers else "",
        vendor_name=company_named(text),
        vat_id=vats[0] if vats else "",
        po_number=orders[0] if orders else "",
        net=_amount_on(lines, _NET),
        vat=_amount_on(lines, _VAT),
        total=_amount_on([line for line in lines if not _NET.search(line)], _TOTAL),
        currency=_currency(plain),
        due_on=_date_on(lines, _DUE),
        iban=accounts[0] if accounts else "",
    )


def company_named(text: str) -> str:
    """The first company in a text that shows its legal form; empty when there is none."""
    found = _COMPANY.search(text)
    return found.group(0).strip() if found else ""


def _amount_on(lines: list[str], label: re.Pattern[str]) -> Decimal | None:
    """The last amount on the last line that starts with the label, or on the line after it."""
    for index in range(len(lines) - 1, -1, -1):
        if not label.search(lines[index]):
            continue
        shown = re.sub(r"\d+(?:[.,]\d+)?\s*%", " ", lines[index])
        found = [value for value in amounts(shown) if value >= 0]
        if not found and index + 1 < len(lines):
            found = amounts(lines[index + 1])
        if found:
            return found[-1]
    return None


def _date_on(lines: list[str], label: re.Pattern[str]) -> date | None:
    for line in lines:
        found = label.search(line)
        if found:
            days = dates(line[found.start() :]) or dates(line)
            if days:
                return days[0]
    return None


def _currency(plain: str) -> str:
    counts = {code: sum(plain.count(sign) for sign in signs) for code, signs in _CURRENCIES}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] else "EUR"


def _as_written(number: str, text: str) -> str:
    """The number in the capitals the document has."""
    at = text.lower().find(number)
    return text[at : at + len(number)].strip() if at >= 0 else number.upper()
