"""Customers and their orders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Language
from muster.demo.generate.words import ascii_name, words
from muster.demo.generate.world import World

LANGUAGES: dict[Language, float] = {"en": 0.44, "de": 0.30, "fr": 0.13, "es": 0.13}


@dataclass(frozen=True)
class Address:
    street: str
    city: str
    postal_code: str
    country: str

    def lines(self) -> str:
        """As written on an envelope of its country."""
        if self.country == "United Kingdom":
            return f"{self.street}\n{self.city}\n{self.postal_code}\n{self.country}"
        return f"{self.street}\n{self.postal_code} {self.city}\n{self.country}"

    def line(self) -> str:
        """As written in a sentence."""
        if self.country == "United Kingdom":
            return f"{self.street}, {self.city}, {self.postal_code}, {self.country}"
        return f"{self.street}, {self.postal_code} {self.city}, {self.country}"


@dataclass(frozen=True)
class Customer:
    customer_id: str
    name: str
    email: str
    language: Language
    address: Address


@dataclass(frozen=True)
class Item:
    name: dict[str, str]
    """By language, as a customer would call it."""
    line_total: Decimal
    personalised: bool


@dataclass(frozen=True)
class Order:
    number: str
    customer: Customer
    items: tuple[Item, ...]
    status: str

    @property
    def total(self) -> Decimal:
        return sum((item.line_total for item in self.items), Decimal("0.00"))


def new_customer(world: World, dice: Dice, spoken: Collection[str] = tuple(LANGUAGES)) -> Customer:
    """A customer nobody else in any edition is, speaking one of the languages."""
    language = dice.weighted({known: weight for known, weight in LANGUAGES.items() if known in spoken})
    first, last, times_used = _person(world.seed, language, world.nth(f"person {language}", room=90))
    mailbox = dice.pick(words("names")["mailboxes"])
    email = f"{ascii_name(first)}.{ascii_name(last)}{times_used or ''}@{mailbox}"
    address = new_address(dice, language)
    customer = Customer(
        f"C-{world.number('customer', room=1000)}", f"{first} {last}", email, language, address
    )
    world.add(
        "customers", customer_id=customer.customer_id, name=customer.name, email=email, language=language,
        **vars(address),
    )  # fmt: skip
    return customer


@cache
def _people(seed: int, language: str) -> list[tuple[str, str]]:
    pool = words("names")["people"][language]
    pairs = [(first, last) for first in pool["first"] for last in pool["last"]]
    return Dice(seed, "people", language).shuffled(pairs)


def _person(seed: int, language: str, index: int) -> tuple[str, str, int]:
    people = _people(seed, language)
    first, last = people[index % len(people)]
    return first, last, index // len(people)


def new_address(dice: Dice, language: str) -> Address:
    """A place to live in the language's country."""
    place = words("names")["places"][language]
    city, postal_code = dice.pick(place["cities"]).split("|")
    street, house = dice.pick(place["streets"]), dice.whole(1, 148)
    written = f"{street} {house}" if language in ("de", "es") else f"{house} {street}"
    return Address(written, city, postal_code, place["country"])


def new_order(
    world: World, dice: Dice, customer: Customer, *, status: str = "delivered", days_ago: int = 10,
    lines: int | None = None, dear: tuple[int, int] = (1, 2), personalised: bool = False,
    refunded: bool = False,
) -> Order:  # fmt: skip
    """An order of a customer, with its parcel.

    Args:
        status: `processing`, `delivered`, or the state a parcel under way is in.
        days_ago: when it was delivered, or shipped, or (while processing) placed.
        dear: from and to how many pieces of each thing.
        refunded: all of it was given back before.
    """
    number = f"BL-{world.number('order', room=10000)}"
    parcel = None if status == "processing" else status
    shipped_on = None if parcel is None else world.days_ago(days_ago + (4 if parcel == "delivered" else 0))
    placed_on = world.days_ago(days_ago) if shipped_on is None else shipped_on - timedelta(days=2)
    items = [
        _new_item(world, dice, number, line, dear, personalised=personalised and line == 1)
        for line in range(1, (lines or dice.whole(1, 3)) + 1)
    ]
    total = sum((item.line_total for item in items), Decimal("0.00"))
    world.add(
        "orders", order_number=number, customer_id=customer.customer_id,
        status="processing" if parcel is None else "delivered" if parcel == "delivered" else "shipped",
        placed_on=placed_on, shipped_on=shipped_on,
        delivered_on=world.days_ago(days_ago) if parcel == "delivered" else None,
        **vars(customer.address), payment_method=dice.pick(words("names")["payment_methods"]), currency="EUR",
        refunded_before=total if refunded else Decimal("0.00"),
    )  # fmt: skip
    if parcel is not None and shipped_on is not None:
        _add_shipment(world, dice, number, parcel, shipped_on)
    return Order(number, customer, tuple(items), status)


def _new_item(
    world: World, dice: Dice, number: str, line: int, dear: tuple[int, int], *, personalised: bool
) -> Item:
    products: Any = words("names")["products"]
    kind, design = (
        dice.pick(products["kinds"]),
        products["lines"][(int(number[3:]) + line) % len(products["lines"])],
    )
    quantity, unit_price = dice.whole(*dear), Decimal(kind["price"])
    ending = ", embroidered" if personalised else ""
    world.add(
        "order_items", order_number=number, line=line, sku=f"{kind['sku']}-{design[:3].upper()}",
        name=f"{kind['en'].capitalize()} {design}{ending}", quantity=quantity, unit_price=unit_price,
        personalised=personalised,
    )  # fmt: skip
    names: dict[str, str] = {language: f"{kind[language]} {design}" for language in LANGUAGES}
    return Item(names, quantity * unit_price, personalised)


def _add_shipment(world: World, dice: Dice, number: str, status: str, shipped_on: date) -> None:
    seen_after = {"delivered": 4, "lost": 1}.get(status, 2)
    world.add(
        "shipments", order_number=number, status=status, carrier=dice.pick(words("names")["carriers"]),
        tracking_number=f"{dice.digits(4)}{number[3:]}{dice.digits(5)}",
        last_scan_on=min(shipped_on + timedelta(days=seen_after), world.today),
        last_scan_place=dice.pick(words("names")["hubs"]),
        expected_on=shipped_on + timedelta(days=9 if status == "delayed" else 5),
    )  # fmt: skip
