"""Customers who ask where an order is, or want it sent elsewhere."""

from collections.abc import Iterator
from typing import Any

from muster.demo.generate.customers import Address, Order, new_address, new_order
from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Mail, Pattern, effect
from muster.demo.generate.support import customer_for, support_mail
from muster.demo.generate.support_refunds import any_refund
from muster.demo.generate.world import World

_UNDER_WAY = {
    "in_transit": 0.4,
    "delayed": 0.2,
    "out_for_delivery": 0.15,
    "processing": 0.15,
    "delivered": 0.1,
}


def new_destination(order: Order, address: Address) -> Pattern:
    """The order's delivery address changed to this one."""
    return effect(
        "shop.update_shipping_address", order_number=order.number, street=address.street, city=address.city,
        postal_code=address.postal_code,
    )  # fmt: skip


def any_destination(order: Order) -> Pattern:
    """The order's delivery address changed, to whatever."""
    return effect("shop.update_shipping_address", order_number=order.number)


def where_is_it(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """An order under way: look and answer."""
    customer = customer_for(world, dice, "tracking")
    status = dice.weighted(_UNDER_WAY)
    order = new_order(world, dice, customer, status=status, days_ago=dice.whole(2, 4))
    yield support_mail(
        world, dice, case, "tracking", "tracking", customer, order, forbidden=any_refund(order),
        note=f"the parcel is {status}: answer that",
    )  # fmt: skip


def where_is_it_without_number(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """No number, exactly one order: answer for that one."""
    customer = customer_for(world, dice, "no_number_tracking")
    new_order(world, dice, customer, status="in_transit", days_ago=3)
    yield support_mail(
        world, dice, case, "no_number_tracking", "tracking", customer, None, note="exactly one order: answer"
    )


def where_is_which(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """No number and several orders: ask."""
    customer = customer_for(world, dice, "no_number_tracking")
    for status in ("in_transit", "delayed"):
        new_order(world, dice, customer, status=status, days_ago=4)
    yield support_mail(
        world, dice, case, "no_number_tracking", "tracking", customer, None, note="two orders fit: ask which"
    )


def lost_parcel(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """The carrier lost the parcel: a complaint is opened."""
    customer = customer_for(world, dice, "tracking")
    order = new_order(world, dice, customer, status="lost", days_ago=dice.whole(12, 18))
    complaint = effect("shop.open_complaint", order_number=order.number, category="lost_parcel")
    yield support_mail(
        world, dice, case, "tracking", "tracking", customer, order, effects=(complaint,),
        forbidden=any_refund(order), note="lost: open a complaint and say so",
    )  # fmt: skip


def address_change(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """The order has not left the warehouse: its address is changed."""
    customer = customer_for(world, dice, "address")
    order = new_order(world, dice, customer, status="processing", days_ago=dice.whole(0, 2))
    address = new_address(dice, customer.language)
    yield support_mail(
        world, dice, case, "address", "address", customer, order, effects=(new_destination(order, address),),
        fills=_written(dice, address), note="still in the warehouse: change it",
    )  # fmt: skip


def address_too_late(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """The parcel is on its way: nothing can be changed."""
    customer = customer_for(world, dice, "address")
    order = new_order(world, dice, customer, status="in_transit", days_ago=dice.whole(1, 3))
    yield support_mail(
        world, dice, case, "address", "address", customer, order, forbidden=(any_destination(order),),
        fills=_written(dice, new_address(dice, customer.language)),
        note="on its way: say that it cannot be changed",
    )  # fmt: skip


def address_incomplete(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Postal code and city are missing: ask for them."""
    customer = customer_for(world, dice, "address_incomplete")
    order = new_order(world, dice, customer, status="processing", days_ago=1)
    street = new_address(dice, customer.language).street
    yield support_mail(
        world, dice, case, "address_incomplete", "address", customer, order,
        forbidden=(any_destination(order),),
        fills={"street": street}, note="city and postal code are missing: ask",
    )  # fmt: skip


def _written(dice: Dice, address: Address) -> dict[str, Any]:
    return {"address": address.lines() if dice.chance(0.5) else address.line()}
