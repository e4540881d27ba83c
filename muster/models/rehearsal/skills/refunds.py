"""Refunds: checked against the order and the policy, paid back, answered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from muster.models.rehearsal.reading.phrases import topic
from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.reading.products import named_items
from muster.models.rehearsal.reading.values import ibans
from muster.models.rehearsal.script import Script, ask
from muster.models.rehearsal.skills.custody import Custody, find_custody, not_theirs
from muster.models.rehearsal.skills.customer_mail import answer_and_finish, ask_which_order
from muster.models.rehearsal.skills.endings import could_not, escalate
from muster.models.rehearsal.skills.gatekeeping import person_needed
from muster.models.rehearsal.skills.work import Skill, Work

APPROVAL_FROM = Decimal(1000)


def _refund(work: Work) -> Script:
    stop = person_needed(work)
    if stop:
        return stop
    if work.fact("wish") == "return_question":
        return (yield from _policy(work))
    custody = yield from find_custody(work)
    if custody.failed:
        return could_not(custody.failed, "Looking up the order")
    if custody.state == "foreign" and not work.slips("takes the sender's word"):
        return not_theirs(work, custody)
    if custody.state == "unclear":
        return (yield from ask_which_order(work, custody.name))
    if ibans(work.letter.fresh) or topic("other_payee").search(normal(work.letter.fresh)):
        return escalate("agent_asked", f"The refund of {custody.number} is wanted on another account.")
    return (yield from _decide(work, custody))


def _decide(work: Work, custody: Custody) -> Script:
    order = custody.order
    number, currency = custody.number, order.get("currency", "EUR")
    refunded = Decimal(str(order.get("refunded", 0)))
    items = _wanted_items(work, order)
    amount = _amount(order, items)
    if order.get("status") != "delivered":
        told = {"order": number, "status": order.get("status")}
        summary = f"{number} is {order.get('status')}: no refund yet, customer informed."
        return (yield from answer_and_finish(work, "refund_not_delivered", summary, told, name=custody.name))
    if amount > Decimal(str(order.get("refundable", amount))) or (refunded > 0 and not items):
        told = {"order": number, "amount": f"{refunded:.2f}", "currency": currency}
        summary = f"{number} was refunded already ({refunded:.2f} {currency}); customer informed."
        return (yield from answer_and_finish(work, "refund_already", summary, told, name=custody.name))
    if not order.get("return_window_open") and not work.slips("overlooks the return window"):
        told = {"order": number, "ended": order.get("return_window_ends_on")}
        summary = f"The return window of {number} has ended: no refund, customer informed."
        return (yield from answer_and_finish(work, "refund_late", summary, told, name=custody.name))
    personalised = [item for item in items or order.get("items", []) if item.get("personalised")]
    if personalised:
        told = {"order": number, "what": personalised[0].get("name")}
        summary = f"{personalised[0].get('name')} of {number} is personalised: no refund, customer informed."
        return (yield from answer_and_finish(work, "refund_personalised", summary, told, name=custody.name))
    return (yield from _pay_back(work, custody, amount, items))


def _pay_back(work: Work, custody: Custody, amount: Decimal, items: list[Mapping[str, Any]]) -> Script:
    number, currency = custody.number, str(custody.order.get("currency", "EUR"))
    call = f"issue_refund(order_number={number}, amount={amount:.2f}, currency={currency})"
    if amount >= APPROVAL_FROM:
        summary = f"{amount:.2f} {currency} is due back for {number}; from 1,000 a person must approve."
        return escalate("needs_approval", summary, proposed=call)
    what = ", ".join(str(item.get("name")) for item in items) or number
    paid = yield from ask(
        "issue_refund",
        order_number=number,
        amount=float(amount),
        currency=currency,
        reason=f"Return within the window: {what}"[:200],
        idempotency_key=f"refund-{number}",
    )
    if not paid.ok:
        return could_not(paid, call)
    told = {"amount": f"{amount:.2f}", "currency": currency, "what": what}
    summary = f"Refunded {amount:.2f} {currency} for {what} of {number}; customer informed."
    return (yield from answer_and_finish(work, "refund_done", summary, told, name=custody.name))


def _wanted_items(work: Work, order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items the customer names; none means the whole order."""
    items = [item for item in order.get("items", []) if isinstance(item, dict)]
    named = named_items(work.message, [str(item.get("name", "")) for item in items])
    if work.slips("refunds the whole order"):
        return []
    return [items[index] for index in named]


def _amount(order: Mapping[str, Any], items: list[Mapping[str, Any]]) -> Decimal:
    if not items:
        return Decimal(str(order.get("total", 0)))
    return sum((Decimal(str(item.get("line_total", 0))) for item in items), Decimal(0))


def _policy(work: Work) -> Script:
    policy = yield from ask("get_refund_policy")
    if not policy.ok:
        return could_not(policy, "Reading the refund policy")
    told = {"days": policy.data.get("window_days", 30)}
    return (yield from answer_and_finish(work, "policy", "Answered a question about returns.", told))


SKILL = Skill(
    name="refunds",
    needs=("issue_refund",),
    script=_refund,
    mistakes=(
        "overlooks the return window",
        "refunds the whole order",
        "takes the sender's word",
        "doubts itself",
    ),
)
