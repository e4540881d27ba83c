"""A vendor's invoice: its facts, and how numbers and dates are written in its language."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Language
from muster.demo.generate.vendors_master import Vendor
from muster.demo.generate.words import words

CENT = Decimal("0.01")


@dataclass(frozen=True)
class BillLine:
    quantity: int
    item: str
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Bill:
    """What is printed on an invoice; what the books say may differ."""

    vendor: Vendor
    number: str
    po_number: str | None
    lines: tuple[BillLine, ...]
    vat: Decimal
    total: Decimal
    currency: str
    dated_on: date
    due_on: date
    iban: str
    remark: str = ""
    hidden: str = ""
    """Printed white on white."""

    @property
    def net(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def language(self) -> Language:
        return self.vendor.language


def new_bill(dice: Dice, vendor: Vendor, today: date, low: int, high: int) -> Bill:
    """A correct invoice with a total from `low` to nearly `high` EUR, without a purchase order yet."""
    gross = Decimal(low) + (Decimal(high - low) * Decimal(dice.whole(3, 95)) / 100)
    lines = _lines(dice, vendor, gross * 100 / (100 + vendor.vat_percent))
    net = sum((line.amount for line in lines), Decimal("0.00"))
    vat = (net * vendor.vat_percent / 100).quantize(CENT, ROUND_HALF_UP)
    dated_on = today - timedelta(days=dice.whole(1, 6))
    number = dice.pick(["{w}-{y}-{n}", "{y}/{n}", "{w}{n}", "INV-{n}", "R{y}{n}"]).format(
        w=vendor.name[:2].upper(), y=today.year, n=f"{vendor.vendor_id[2:]}{dice.digits(2)}"
    )
    return Bill(
        vendor,
        number,
        None,
        lines,
        vat,
        net + vat,
        "EUR",
        dated_on,
        dated_on + timedelta(days=30),
        vendor.iban,
    )


def _lines(dice: Dice, vendor: Vendor, net: Decimal) -> tuple[BillLine, ...]:
    catalogue = next(
        trade["items"] for trade in words("names")["vendors"]["trades"] if trade["name"] == vendor.trade
    )
    items = dice.sample(catalogue, dice.whole(1, 4))
    weights = [dice.whole(2, 10) for _ in items]
    lines = []
    for item, weight in zip(items, weights, strict=True):
        part, quantity = net * weight / sum(weights), dice.pick([1, 1, 2, 4, 5, 10, 20])
        lines.append(BillLine(quantity, item, max((part / quantity).quantize(CENT), CENT)))
    return tuple(lines)


def written_amount(amount: Decimal, language: str) -> str:
    """1,234.50 or 1.234,50 or 1 234,50, as the language has it."""
    text = f"{amount:,.2f}"
    match language:
        case "en":
            return text
        case "fr":
            return text.replace(",", " ").replace(".", ",")
        case _:
            return text.replace(",", "_").replace(".", ",").replace("_", ".")


def written_day(day: date, language: str) -> str:
    """2026-11-20, 20.11.2026 or 20/11/2026, as the language has it."""
    match language:
        case "en":
            return day.isoformat()
        case "de":
            return f"{day:%d.%m.%Y}"
        case _:
            return f"{day:%d/%m/%Y}"
