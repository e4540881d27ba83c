"""Contract analysis: an offer is held against the contract and the company's rule decides."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from muster.models.rehearsal.reading.offer import read_offer
from muster.models.rehearsal.reading.values import amount
from muster.models.rehearsal.script import Answer, Call, Ending, Script, ask
from muster.models.rehearsal.skills.endings import could_not, escalate, hand_over
from muster.models.rehearsal.skills.work import Skill, Work

APPROVAL_FROM = Decimal(1000)
LITTLE_USED_PERCENT = Decimal(20)
_KEEPER = ("records", "decision", "writes")


def _analyse(work: Work) -> Script:
    contract = yield from _contract(work)
    if isinstance(contract, Ending):
        return contract
    if contract.get("vendor_id") != work.fact("vendor_id"):
        told = f"Contract {contract.get('contract_id')} is not a contract of {work.fact('vendor_name')}."
        return escalate("agent_asked", f"{told} Nothing was decided.")
    price = (
        amount(work.fact("new_annual_price"))
        if work.fact("new_annual_price")
        else read_offer(work.message).annual_price
    )
    return _decide(work, contract, price)


def _contract(work: Work) -> Generator[Sequence[Call], Sequence[Answer], Mapping[str, Any] | Ending]:
    named = work.fact("contract_id") or read_offer(work.message).contract_id
    if named:
        answer = yield from ask("get_contract", contract_id=named)
        if answer.ok:
            return answer.data
        return could_not(answer, f"Looking up contract {named}")
    answer = yield from ask("list_contracts", vendor_id=work.fact("vendor_id"))
    if not answer.ok:
        return could_not(answer, "Listing the vendor's contracts")
    contracts = answer.data.get("contracts") or []
    if len(contracts) == 1:
        only: Mapping[str, Any] = contracts[0]
        return only
    return hand_over(
        work, _KEEPER, "Ask the vendor which contract is meant.", facts={"letter": "ask_contract"}
    )


def _decide(work: Work, contract: Mapping[str, Any], price: Decimal | None) -> Ending:
    """The rule, in its order: little used, over the cap, no price, large, else renew."""
    number = str(contract.get("contract_id"))
    used = Decimal(str(contract.get("utilisation_percent", 100)))
    if used < LITTLE_USED_PERCENT:
        if contract.get("notice_deadline_passed"):
            told = f"{number} is used {used} %, but the notice deadline has passed."
            return escalate("agent_asked", told, proposed=f"cancel {number} at the next date")
        return _hand_on(work, contract, "cancel", f"only {used} % used", price)
    before, cap = (
        Decimal(str(contract.get("annual_price", 0))),
        Decimal(str(contract.get("price_increase_cap_percent", 0))),
    )
    if price is None:
        return hand_over(
            work,
            _KEEPER,
            "Ask the vendor for the annual price.",
            facts={"letter": "ask_price", "contract_id": number},
        )
    limit = before * (1 + cap / 100)
    if work.slips("forgets the cap"):
        limit = price
    if price > limit:
        return _hand_on(work, contract, "renegotiate", f"{price} is more than {cap} % above {before}", price)
    if price >= APPROVAL_FROM:
        told = f"{number} would be renewed at {price:.2f} EUR a year; from 1,000 a person must approve."
        return escalate("needs_approval", told, proposed=f"record_contract_decision({number}, renew)")
    return _hand_on(work, contract, "renew", f"{price} is within {cap} % of {before}", price)


def _hand_on(
    work: Work, contract: Mapping[str, Any], decision: str, why: str, price: Decimal | None
) -> Ending:
    number = str(contract.get("contract_id"))
    facts = {
        "letter": decision,
        "contract_id": number,
        "decision": decision,
        "reason": why,
        "new_annual_price": f"{price:.2f}" if price is not None else None,
        "cap_percent": contract.get("price_increase_cap_percent"),
    }
    return hand_over(
        work,
        _KEEPER,
        f"Record `{decision}` for {number} and tell the vendor.",
        decisions=[f"{decision}: {why}"],
        facts=facts,
    )


SKILL = Skill(
    name="contracts",
    needs=("get_contract", "list_contracts"),
    script=_analyse,
    mistakes=("forgets the cap",),
)
