"""Who writes, and which of their orders it is about."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from muster.models.rehearsal.reading.values import order_numbers
from muster.models.rehearsal.script import Answer, Call, Ending
from muster.models.rehearsal.skills.endings import escalate
from muster.models.rehearsal.skills.work import Work

State = Literal["found", "unclear", "foreign", "away"]


@dataclass(frozen=True, slots=True)
class Custody:
    """What was found out about the sender and the order."""

    state: State
    """found: their own order; unclear: must be asked; foreign: someone else's; away: a tool failed."""
    customer: Mapping[str, Any] = field(default_factory=dict)
    order: Mapping[str, Any] = field(default_factory=dict)
    named: str = ""
    """The order number in the message; empty when there is none."""
    failed: Answer | None = None

    @property
    def number(self) -> str:
        return str(self.order.get("order_number", ""))

    @property
    def name(self) -> str:
        """The customer's name."""
        return str(self.customer.get("name", ""))

    @property
    def facts(self) -> dict[str, object]:
        """What a colleague should know."""
        return {
            "customer_id": self.customer.get("customer_id"),
            "customer_name": self.customer.get("name"),
            "order_number": self.order.get("order_number"),
            "order_status": self.order.get("status"),
        }


Finding: TypeAlias = Generator[Sequence[Call], Sequence[Answer], Custody]


def find_custody(work: Work) -> Finding:
    """The sender's customer record and the order the message is about."""
    named = named_order(work)
    calls = [Call("find_customer", {"email": work.talk.task.sender_address})]
    if named:
        calls.append(Call("get_order", {"order_number": named}))
    answers = yield calls
    found = answers[0]
    if not found.ok:
        return Custody("away", named=named, failed=found)
    customer = found.data.get("customer") or {}
    order = answers[1].data if named else {}
    if order:
        own = bool(customer) and order.get("customer_id") == customer.get("customer_id")
        return Custody("found" if own else "foreign", customer, order, named)
    if not customer:
        return Custody("unclear", named=named)
    return (yield from _only_order(customer, named))


def _only_order(customer: Mapping[str, Any], named: str) -> Finding:
    (listed,) = yield [Call("list_orders", {"customer_id": customer.get("customer_id")})]
    orders = listed.data.get("orders") or []
    if len(orders) != 1:
        return Custody("unclear", customer, named=named)
    (answer,) = yield [Call("get_order", {"order_number": orders[0].get("order_number")})]
    if not answer.ok:
        return Custody("away", customer, named=named, failed=answer)
    return Custody("found", customer, answer.data, named)


def named_order(work: Work) -> str:
    """The order number in the sender's own words, else in the subject, else in what they quote."""
    for text in (work.letter.fresh, work.talk.task.subject, work.letter.quoted):
        numbers = order_numbers(text)
        if numbers:
            return numbers[0]
    return work.fact("order_number")


def not_theirs(work: Work, custody: Custody) -> Ending:
    """The end of a run about somebody else's order."""
    known = "is another customer" if custody.customer else "is no customer of ours"
    sender = work.talk.task.sender_address
    return escalate(
        "agent_asked",
        f"{sender} {known}, but writes about order {custody.number}. Nothing was done and nothing was told.",
        proposed="Find out with the customer on file whether this request is theirs.",
    )
