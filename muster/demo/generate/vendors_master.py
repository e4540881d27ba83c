"""Vendors, their purchase orders, invoices and contracts."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from muster.demo.generate.banking import new_iban, new_vat_id
from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Language
from muster.demo.generate.words import words
from muster.demo.generate.world import World


@dataclass(frozen=True)
class Vendor:
    vendor_id: str
    name: str
    trade: str
    country: str
    language: Language
    vat_percent: int
    vat_id: str
    iban: str
    domain: str

    @property
    def email(self) -> str:
        """The address on file."""
        return f"billing@{self.domain}"


@dataclass(frozen=True)
class Contract:
    contract_id: str
    vendor: Vendor
    title: str
    annual_price: Decimal
    cap_percent: int
    term_ends_on: date


def new_vendor(world: World, dice: Dice, spoken: tuple[Language, ...] = ("en", "de", "fr", "es")) -> Vendor:
    """A vendor nobody else in any edition is, registered in the books."""
    vendor = unregistered_vendor(world, dice, spoken)
    world.add(
        "vendors", vendor_id=vendor.vendor_id, name=vendor.name, vat_id=vendor.vat_id, iban=vendor.iban,
        email=vendor.email, domain=vendor.domain, status="active", payment_terms_days=30,
    )  # fmt: skip
    return vendor


def unregistered_vendor(
    world: World, dice: Dice, spoken: tuple[Language, ...] = ("en", "de", "fr", "es")
) -> Vendor:
    """A vendor the books do not know."""
    home = dice.pick(
        [country for country in words("names")["vendors"]["countries"] if country["language"] in spoken]
    )
    word, trade, times_used = _named(world.seed, world.nth("vendor name", room=130))
    again = f" {times_used + 1}" if times_used else ""
    return Vendor(
        f"V-{world.number('vendor', room=1000)}", f"{word} {trade}{again} {home['form']}", trade,
        home["code"],
        home["language"], home["vat_percent"], new_vat_id(dice, home["code"]), new_iban(dice, home["code"]),
        f"{word}-{trade}{times_used + 1 if times_used else ''}.example".lower(),
    )  # fmt: skip


@cache
def _names(seed: int) -> list[tuple[str, str]]:
    pool: Any = words("names")["vendors"]
    pairs = [(word, trade["name"]) for word in pool["words"] for trade in pool["trades"]]
    return Dice(seed, "vendors").shuffled(pairs)


def _named(seed: int, index: int) -> tuple[str, str, int]:
    names = _names(seed)
    word, trade = names[index % len(names)]
    return word, trade, index // len(names)


def new_purchase_order(
    world: World, dice: Dice, vendor: Vendor, amount: Decimal, *, status: str = "open", currency: str = "EUR"
) -> str:
    """The number of an order we placed with a vendor for an amount with VAT."""
    number = f"PO-{world.number('purchase order', room=10000)}"
    world.add(
        "purchase_orders", po_number=number, vendor_id=vendor.vendor_id, description=f"{vendor.trade} 2026",
        amount=amount, currency=currency, status=status, ordered_on=world.days_ago(dice.whole(14, 60)),
    )  # fmt: skip
    return number


def known_invoice(
    world: World, vendor: Vendor, number: str, amount: Decimal, *, po_number: str | None, due_on: date,
    status: str = "scheduled",
) -> None:  # fmt: skip
    """Put an invoice into the books that we have had before."""
    world.add(
        "invoices", vendor_id=vendor.vendor_id, invoice_number=number, po_number=po_number, amount=amount,
        currency="EUR", due_on=due_on, iban=vendor.iban, status=status,
        payment_on=None if status == "recorded" else due_on,
    )  # fmt: skip


def new_contract(
    world: World, dice: Dice, vendor: Vendor, *, price: Decimal, cap_percent: int = 5, used_percent: int = 80,
    notice_passed: bool = False,
) -> Contract:  # fmt: skip
    """A contract with a vendor that ends within the next months."""
    contract_id = f"CT-{world.number('contract', room=1000)}"
    ends_on = world.today + timedelta(days=dice.whole(45, 120))
    deadline = world.today + timedelta(days=-dice.whole(3, 20) if notice_passed else dice.whole(5, 30))
    title = dice.pick(words("names")["contracts"])
    world.add(
        "contracts", contract_id=contract_id, vendor_id=vendor.vendor_id, title=title, annual_price=price,
        currency="EUR", price_increase_cap_percent=cap_percent, term_ends_on=ends_on,
        notice_deadline_on=deadline,
        utilisation_percent=used_percent, decision=None, decision_note=None,
    )  # fmt: skip
    return Contract(contract_id, vendor, title, price, cap_percent, ends_on)
