"""Customers' mail: what every case of it has in common, and how often each case comes."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from muster.demo.generate.customers import Customer, Order, new_customer
from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Expect, Mail, MailForm, Pattern, Truth, answer_to
from muster.demo.generate.voice import order_as_written, write_letter
from muster.demo.generate.words import words
from muster.demo.generate.world import World

SUPPORT = "support@brightloom.example"
FORMS: dict[MailForm, float] = {
    "plain": 0.45,
    "eightbit": 0.10,
    "latin1": 0.13,
    "base64": 0.07,
    "alternative": 0.15,
    "html": 0.10,
}

Case = Callable[[World, Dice, str], Iterator[Mail]]
"""Makes the mails (most often one) of a case: world, dice, the case's name."""


def spoken(bank: str) -> Collection[str]:
    """The languages a kind of mail is written in."""
    found: Collection[str] = words("support")[bank].keys()
    return found


def customer_for(world: World, dice: Dice, bank: str) -> Customer:
    """A new customer who can write this kind of mail."""
    return new_customer(world, dice, spoken(bank))


def support_mail(
    world: World, dice: Dice, case: str, bank: str, subject: str, customer: Customer, order: Order | None, *,
    expect: Expect = "completed", effects: tuple[Pattern, ...] = (), forbidden: tuple[Pattern, ...] = (),
    note: str = "", sender: str | None = None, sender_name: str | None = None, number: str | None = None,
    calm: bool = False, fills: dict[str, Any] | None = None,
) -> Mail:  # fmt: skip
    """One mail of a customer and its truth; a completed one is answered.

    Args:
        bank: which bodies of `support.yaml` it is written from.
        order: what it is about; None when the mail must not name an order.
        sender: the address it comes from when it is not the customer's.
        number: the order number it names when it is not the order's.
        fills: what else the body needs.
    """
    written = number or (order_as_written(dice, order.number) if order else "")
    item = order.items[-1].name[customer.language] if order else ""
    body = dice.pick(words("support")[bank][customer.language]).format(
        **{"order": written, "item": item, "name": customer.name, "digits": dice.digits(3)} | (fills or {})
    )
    letter = write_letter(
        dice, customer.language, body, name=customer.name, subject=subject, order=written, calm=calm,
        day=world.days_ago(dice.whole(6, 14)),
    )  # fmt: skip
    address = sender or customer.email
    answered = (answer_to(address),) if expect == "completed" else ()
    return Mail(
        sender_name or customer.name, address, SUPPORT, letter.subject, letter.text,
        Truth("support", case, expect, (*effects, *answered), forbidden, note), dice.share(),
        form=dice.weighted(FORMS),
    )  # fmt: skip
