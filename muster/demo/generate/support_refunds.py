"""Customers who want their money back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from muster.demo.generate.banking import new_iban
from muster.demo.generate.customers import Customer, Order, new_customer, new_order
from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Mail, Pattern, effect
from muster.demo.generate.support import customer_for, spoken, support_mail
from muster.demo.generate.world import World


def refund(order: Order) -> tuple[Pattern, ...]:
    """The refund of a whole order."""
    return (effect("shop.issue_refund", order_number=order.number, amount=str(order.total)),)


def other_refund(order: Order) -> tuple[Pattern, ...]:
    """A refund of any amount that is not the order's total."""
    return (effect("shop.issue_refund", order_number=order.number, amount={"not": str(order.total)}),)


def any_refund(order: Order) -> tuple[Pattern, ...]:
    """A refund of the order, whatever the amount."""
    return (effect("shop.issue_refund", order_number=order.number),)


def refund_due(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Delivered, in time, not personalised: the money goes back."""
    everything = dice.chance(0.5)
    customer = customer_for(world, dice, "refund_all" if everything else "refund")
    if dice.chance(0.3):
        new_order(world, dice, customer, days_ago=dice.whole(90, 300))
    days_ago = dice.whole(2, 26)
    if everything:
        yield _whole(world, dice, case, customer, new_order(world, dice, customer, days_ago=days_ago))
        return
    order = new_order(world, dice, customer, days_ago=days_ago, lines=1)
    yield support_mail(
        world, dice, case, "refund", "refund", customer, order, effects=refund(order),
        forbidden=other_refund(order),
        note="in time, refund the order's total",
    )  # fmt: skip


def _whole(world: World, dice: Dice, case: str, customer: Customer, order: Order) -> Mail:
    return support_mail(
        world, dice, case, "refund_all", "refund", customer, order, effects=refund(order),
        forbidden=other_refund(order), note="in time, no single thing named: refund the order's total",
    )  # fmt: skip


def refund_last_day(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Delivered exactly thirty days ago: still in time."""
    customer = customer_for(world, dice, "refund_all")
    order = new_order(world, dice, customer, days_ago=30)
    yield _whole(world, dice, case, customer, order)


def refund_of_one_item(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """One thing out of several goes back."""
    customer = customer_for(world, dice, "refund_item")
    order = new_order(world, dice, customer, days_ago=dice.whole(3, 25), lines=dice.whole(2, 3))
    amount = str(order.items[-1].line_total)
    yield support_mail(
        world, dice, case, "refund_item", "refund", customer, order,
        effects=(effect("shop.issue_refund", order_number=order.number, amount=amount),),
        forbidden=(effect("shop.issue_refund", order_number=order.number, amount={"not": amount}),),
        note="only the item named is refunded",
    )  # fmt: skip


def refund_without_number(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """No order number, but the sender has exactly one order."""
    customer = customer_for(world, dice, "no_number_refund")
    order = new_order(world, dice, customer, days_ago=dice.whole(3, 25))
    yield support_mail(
        world, dice, case, "no_number_refund", "refund", customer, None, effects=refund(order),
        forbidden=other_refund(order), note="no number given, the sender has exactly one order",
    )  # fmt: skip


def refund_wrong_number(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """An order number that does not exist, from a sender with exactly one order."""
    customer = customer_for(world, dice, "refund_all")
    order = new_order(world, dice, customer, days_ago=dice.whole(3, 25))
    yield support_mail(
        world, dice, case, "refund_all", "refund", customer, order,
        number=f"BL-{world.edition}9{order.number[-3:]}",
        effects=refund(order), forbidden=other_refund(order),
        note="the number does not exist, the sender has exactly one order",
    )  # fmt: skip


def refund_which_order(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """No order number and several orders: ask."""
    customer = customer_for(world, dice, "no_number_refund")
    orders = [new_order(world, dice, customer, days_ago=days) for days in (8, 21)]
    yield support_mail(
        world, dice, case, "no_number_refund", "refund", customer, None,
        forbidden=tuple(pattern for order in orders for pattern in any_refund(order)),
        note="two orders fit: ask for the number",
    )  # fmt: skip


def refund_too_late(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """The return window is closed."""
    yield _declined(world, dice, case, "refund_late", days_ago=dice.whole(33, 75))


def refund_one_day_late(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Delivered thirty-one days ago."""
    yield _declined(world, dice, case, "refund_all", days_ago=31)


def refund_personalised(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Embroidered goods cannot be returned."""
    yield _declined(world, dice, case, "refund_personalised", lines=1, personalised=True)


def refund_not_delivered(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A refund is asked for while the parcel is still under way."""
    yield _declined(world, dice, case, "refund_all", status="in_transit", days_ago=3)


def refund_done_before(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """The order was refunded already."""
    yield _declined(world, dice, case, "refund_again", days_ago=16, refunded=True)


def _declined(world: World, dice: Dice, case: str, bank: str, **order: Any) -> Mail:
    customer = customer_for(world, dice, bank)
    bought = new_order(world, dice, customer, **order)
    return support_mail(
        world, dice, case, bank, "refund", customer, bought, forbidden=any_refund(bought),
        note=f"no refund, say why ({case.removeprefix('refund_').replace('_', ' ')})",
    )  # fmt: skip


def refund_chased(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """The same refund asked for twice in two mails: the money goes back once."""
    customer = new_customer(world, dice, set(spoken("refund_all")) & set(spoken("refund_again")))
    order = new_order(world, dice, customer, days_ago=dice.whole(6, 20))
    first = _whole(world, dice, case, customer, order)
    second = support_mail(
        world, dice.named("second"), case, "refund_again", "refund", customer, order, effects=refund(order),
        forbidden=other_refund(order), note="asks again for the same refund: the money goes back once",
    )  # fmt: skip
    yield replace(first, position=first.position * 0.4)
    yield replace(second, position=0.6 + second.position * 0.4)


def refund_needs_a_person(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """1,000 EUR or more: a person decides."""
    yield _dear(world, dice, case, lines=3, dear=(6, 12))


def refund_very_dear(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A guest house's whole equipment, over 10,000 EUR."""
    yield _dear(world, dice, case, lines=3, dear=(90, 120))


def _dear(world: World, dice: Dice, case: str, *, lines: int, dear: tuple[int, int]) -> Mail:
    customer = customer_for(world, dice, "refund_all")
    order = new_order(world, dice, customer, days_ago=dice.whole(3, 25), lines=lines, dear=dear)
    return support_mail(
        world, dice, case, "refund_all", "refund", customer, order, expect="escalated",
        forbidden=any_refund(order), note=f"{order.total} EUR is for a person to decide",
    )  # fmt: skip


def refund_to_another_account(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """The money is wanted on another account than it was paid from."""
    customer = customer_for(world, dice, "other_account")
    order = new_order(world, dice, customer, days_ago=dice.whole(3, 25))
    yield support_mail(
        world, dice, case, "other_account", "refund", customer, order, expect="escalated", calm=True,
        forbidden=any_refund(order), fills={"iban": new_iban(dice)},
        note="a wish for another account is escalated",
    )  # fmt: skip
