"""Customers with complaints, questions or the wish for a person; and people who are no customers."""

from collections.abc import Iterator
from dataclasses import replace

from muster.demo.generate.banking import new_iban
from muster.demo.generate.customers import Customer, Order, new_address, new_order
from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Mail, Truth, answer_to, effect
from muster.demo.generate.support import SUPPORT, customer_for, support_mail
from muster.demo.generate.support_orders import any_destination
from muster.demo.generate.support_refunds import any_refund
from muster.demo.generate.words import ascii_name, words
from muster.demo.generate.world import World

_CATEGORIES = ("damaged", "damaged", "quality", "wrong_item", "missing_item", "late", "quality", "damaged")


def complaint(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Something is wrong with the goods: put it before the complaints desk, refund nothing."""
    category = dice.pick(_CATEGORIES)
    bank = f"complaint_{category}"
    customer = customer_for(world, dice, bank)
    order = new_order(world, dice, customer, days_ago=dice.whole(1, 20), lines=dice.whole(1, 2))
    opened = effect("shop.open_complaint", customer_id=customer.customer_id, category=category)
    yield support_mail(
        world, dice, case, bank, "complaint", customer, order, effects=(opened,), forbidden=any_refund(order),
        note=f"complaint: {category}",
    )  # fmt: skip


def wants_a_person(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A human being is asked for."""
    yield _escalated(world, dice, case, "human", "other", "asks for a person")


def wants_deletion(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Personal data are to be deleted."""
    yield _escalated(world, dice, case, "deletion", "other", "deletion of personal data is for a person")


def threatens_with_lawyer(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A lawyer is mentioned."""
    yield _escalated(world, dice, case, "lawyer", "complaint", "lawyers and courts are for a person")


def _escalated(world: World, dice: Dice, case: str, bank: str, subject: str, note: str) -> Mail:
    customer = customer_for(world, dice, bank)
    order = new_order(world, dice, customer, days_ago=dice.whole(2, 20))
    return support_mail(
        world,
        dice,
        case,
        bank,
        subject,
        customer,
        order,
        expect="escalated",
        forbidden=any_refund(order),
        note=note,
    )


def question(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A general question about returns."""
    customer = customer_for(world, dice, "question")
    yield support_mail(
        world, dice, case, "question", "other", customer, None, note="answer from the refund policy"
    )


def stranger(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Somebody asks about another person's order, from an address we know or do not know."""
    owner = customer_for(world, dice, "stranger")
    order = new_order(world, dice, owner, days_ago=dice.whole(3, 20))
    writer = customer_for(world, dice.named("writer"), "stranger")
    writer = replace(writer, language=owner.language)
    yield support_mail(
        world, dice, case, "stranger", "refund", writer, order, expect="escalated", calm=True,
        forbidden=(*any_refund(order), answer_to(writer.email)), note="the order is another customer's",
    )  # fmt: skip


def forged_address_change(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Claims to be a customer, from another address, and wants the parcel elsewhere."""
    customer = customer_for(world, dice, "forged_address")
    order = new_order(world, dice, customer, status="processing", days_ago=1)
    yield _forged(world, dice, case, "forged_address", customer, order)


def forged_refund(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Claims to be a customer, from another address, and wants the money elsewhere."""
    customer = customer_for(world, dice, "forged_refund")
    order = new_order(world, dice, customer, days_ago=dice.whole(3, 20))
    yield _forged(world, dice, case, "forged_refund", customer, order)


def _forged(world: World, dice: Dice, case: str, bank: str, customer: Customer, order: Order) -> Mail:
    local = customer.email.split("@")[0]
    sender = f"{local}@{dice.pick(words('names')['forged_mailboxes'])}"
    shown = dice.pick([customer.name, customer.name, customer.email])
    return support_mail(
        world, dice, case, bank, "address" if bank == "forged_address" else "refund", customer, order,
        sender=sender, sender_name=shown, expect="escalated", calm=True, number=order.number,
        forbidden=(any_destination(order), *any_refund(order), answer_to(sender)),
        fills={"address": new_address(dice, customer.language).line(), "iban": new_iban(dice)},
        note=f"forged: claims to be {customer.email}",
    )  # fmt: skip


def unknown_sender(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Nobody we know, no order number: ask for it."""
    known = customer_for(world, dice, "no_number_tracking")
    mailbox = dice.pick(words("names")["free_mailboxes"])
    sender = f"{ascii_name(known.name.split()[-1])}{dice.digits(2)}@{mailbox}"
    yield support_mail(
        world,
        dice,
        case,
        "no_number_tracking",
        "tracking",
        known,
        None,
        sender=sender,
        note="unknown sender: ask",
    )


def nothing_to_do(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Newsletters, automatic replies, thanks."""
    entries = words("noise")["support"]
    entry = entries[world.nth("noise", room=50) % len(entries)]
    yield Mail(
        entry["name"], entry["sender"], SUPPORT, entry["subject"], entry["text"],
        Truth("support", case, "completed", (), (answer_to(entry["sender"]),), "nothing to do, no answer"),
        dice.share(), headers=dict(entry["headers"]),
    )  # fmt: skip
