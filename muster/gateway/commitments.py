"""Money already committed today, so that splitting a payment does not help."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.amount import AmountError, amount_of, payees_of
from muster.gateway.policy.files import MoneyPolicy
from muster.gateway.tool import PinnedTool
from muster.ledger.events import Commitment
from muster.ledger.postgres import LedgerTransaction
from muster.ledger.sql import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What was committed today (UTC) before the present call, in the policy's currency."""

    payee: Decimal
    """What the payee got from anybody; of several ways to name the payee the one with most."""
    agent: Decimal
    """What the agent committed to anybody without a person's approval."""


def commitment(
    tool: PinnedTool,
    arguments: Mapping[str, Any],
    money: MoneyPolicy,
    *,
    amount: Decimal | None = None,
    payees: Collection[str] = (),
) -> Commitment | None:
    """The money a call commits, for its intent; null when it commits none, or nobody can say how much.

    Args:
        amount: in the policy's currency, where it was looked up rather than sent.
        payees: whom the looked-up price names, beside those in the arguments; spelt one way.
    """
    if tool.effect != "money" and amount is None:
        return None
    try:
        amount = amount_of(tool.roles, arguments, money) if amount is None else amount
    except AmountError:
        return None
    payment = None
    if tool.roles.idempotency_key is not None:
        # only with a key the system honours is the same call twice one payment
        payment = sha256_hex(canonical_json([tool.name, dict(arguments)]))
    everybody = payees_of(tool.roles, arguments) | frozenset(payees)
    return Commitment(
        amount=str(amount), currency=money.currency, payees=tuple(sorted(everybody)), payment=payment
    )


async def committed_today(transaction: LedgerTransaction, commits: Commitment, who: str) -> Sums:
    """What the call's payees got and what the agent spent today, before this call.

    No other call of these payees or of this agent is judged until the transaction ends. Calls that the system
    itself declined do not count; calls nobody knows the end of do.

    Args:
        who: the agent as `team/agent`.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    holders = [f"agent/{who}", *(f"payee/{payee}" for payee in commits.payees)]
    execute = transaction.connection.execute
    await execute(load("muster.gateway", "lock_money"), {"holders": holders})
    parameters = {
        "payees": list(commits.payees),
        "agent": who,
        "payment": commits.payment or "",
        "since": midnight(transaction.now),
    }
    cursor = await execute(load("muster.gateway", "committed_today"), parameters)
    [row] = await cursor.fetchall()
    return Sums(payee=row["payee"], agent=row["agent"])


def midnight(now: datetime) -> datetime:
    """When the present day (UTC) began."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
