"""Values in a text: numbers of orders and contracts, amounts, dates, bank accounts, mail addresses."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

_ORDER = re.compile(r"\bB\s?L\s?[-_–#. ]{0,3}\s?(\d{5,6})\b", re.IGNORECASE)
_BARE_ORDER = re.compile(
    r"(?:order|bestell\w*|auftrag\w*|commande|pedido|number|nummer|nr|no|n°|nº|num\w*|#)\W{0,4}(\d{5,6})\b",
    re.IGNORECASE,
)
_PURCHASE_ORDER = re.compile(r"\bP\s?O\s?[-_– ]{0,2}\s?(\d{4,6})\b", re.IGNORECASE)
_CONTRACT = re.compile(r"\bC\s?T\s?[-_– ]{0,2}\s?(\d{3,5})\b", re.IGNORECASE)
_IBAN = re.compile(r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30})(?![A-Z0-9])")
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "ES": 24, "FR": 27, "GB": 22, "IE": 22,
    "IT": 27, "LU": 20, "NL": 18, "PL": 28, "PT": 25, "SE": 24,
}  # fmt: skip
_VAT = re.compile(r"\b((?:DE|GB|FR|ES|AT|NL|BE|IT|PL|PT|CZ|DK|SE|IE|LU)[A-Z0-9]{8,12})\b")
_ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_AMOUNT = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)(?![\w]|[.,]\d)"
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DOTTED = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar janvier enero jan janner",
            "february februar fevrier febrero feb",
            "march marz mars marzo mar",
            "april avril abril apr",
            "may mai mayo",
            "june juni juin junio jun",
            "july juli juillet julio jul",
            "august aout agosto aug",
            "september septembre septiembre sep sept",
            "october oktober octobre octubre oct okt",
            "november novembre noviembre nov",
            "december dezember decembre diciembre dec dez",
        ),
        start=1,
    )
    for name in names.split()
}
_WORDY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|er)?\.?\s+(?:de\s+)?([a-z]{3,10})\.?\s+(?:de\s+)?(\d{4})\b")
_WORDY_US = re.compile(r"\b([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")


def order_numbers(text: str) -> list[str]:
    """Order numbers as the shop writes them (`BL-10432`), in the order they stand, each once."""
    found = [f"BL-{digits}" for digits in _ORDER.findall(text)]
    found += [f"BL-{digits}" for digits in _BARE_ORDER.findall(text)]
    return list(dict.fromkeys(found))


def purchase_orders(text: str) -> list[str]:
    """Purchase order numbers (`PO-10107`), each once."""
    return list(dict.fromkeys(f"PO-{digits}" for digits in _PURCHASE_ORDER.findall(text)))


def contract_ids(text: str) -> list[str]:
    """Contract numbers (`CT-1014`), each once."""
    return list(dict.fromkeys(f"CT-{digits}" for digits in _CONTRACT.findall(text)))


def ibans(text: str) -> list[str]:
    """Bank accounts, without spaces and as long as their country's are, each once."""
    found = (match.replace(" ", "") for match in _IBAN.findall(text))
    whole = (iban[: _IBAN_LENGTHS.get(iban[:2], len(iban))] for iban in found)
    return list(dict.fromkeys(whole))


def vat_ids(text: str) -> list[str]:
    """VAT ids, each once."""
    return list(dict.fromkeys(_VAT.findall(text)))


def mail_addresses(text: str) -> list[str]:
    """Mail addresses in lower case, each once."""
    return list(dict.fromkeys(address.lower().rstrip(".") for address in _ADDRESS.findall(text)))


def amounts(text: str) -> list[Decimal]:
    """Numbers that can be amounts, in the order they stand."""
    return [value for value in map(amount, _AMOUNT.findall(text)) if value is not None]


def amount(written: str) -> Decimal | None:
    """An amount as people write it (`1.234,50`, `1,234.50`, `1 234,50`, `576.00`); None when it is none."""
    digits = re.sub(r"[ '’\u00a0\u202f]", "", written)
    mark = max(digits.rfind(","), digits.rfind("."))
    if mark >= 0 and len(digits) - mark - 1 in (1, 2):
        digits = re.sub(r"[.,]", "", digits[:mark]) + "." + digits[mark + 1 :]
    else:
        digits = re.sub(r"[.,]", "", digits)
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None


def dates(text: str) -> list[date]:
    """Dates in the forms people write; day before month where it is not ISO. `text` is normal text."""
    found: list[tuple[int, int, int, int]] = []
    found += [(m.start(), int(m[1]), int(m[2]), int(m[3])) for m in _ISO.finditer(text)]
    found += [(m.start(), int(m[3]), int(m[2]), int(m[1])) for m in _DOTTED.finditer(text)]
    found += [(m.start(), int(m[3]), _MONTHS.get(m[2], 0), int(m[1])) for m in _WORDY.finditer(text)]
    found += [(m.start(), int(m[3]), _MONTHS.get(m[1], 0), int(m[2])) for m in _WORDY_US.finditer(text)]
    return [day for _, year, month, number in sorted(found) if (day := _date(year, month, number))]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
