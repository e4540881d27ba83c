"""What a call would cost: read from the typed arguments the registration names, never from text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from muster.gateway.policy.files import MoneyPolicy
from muster.gateway.registration import ArgumentRoles

_DECIMAL_TEXT = re.compile(r"[+-]?\d{1,18}(\.\d{1,9})?", re.ASCII)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


class AmountError(ValueError):
    """The amount cannot be judged; `outcome` says whether it is refused or a person may look at it."""

    def __init__(self, outcome: Literal["deny", "needs_approval"], reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Price:
    """What a call commits, as its system says."""

    amount: Decimal | None
    """In the policy's currency; null when it could not be found out."""
    payees: frozenset[str]
    """Whom the money goes to, spelt one way."""
    problem: str = ""
    """Why there is no amount."""


def amount_of(roles: ArgumentRoles, arguments: Mapping[str, Any], money: MoneyPolicy) -> Decimal:
    """The call's amount in the policy's currency.

    Raises:
        AmountError: it is missing, no plain positive number, or in a currency without a rate.
    """
    if roles.amount is None:
        raise AmountError("needs_approval", "the registration does not say which argument is the amount")
    currency = arguments.get(roles.currency) if roles.currency is not None else None
    return converted(
        arguments.get(roles.amount), currency or roles.default_currency or money.currency, money, roles.amount
    )


def converted(value: Any, currency: Any, money: MoneyPolicy, name: str) -> Decimal:
    """`value` as an amount in the policy's currency.

    Args:
        name: what the value is called, for the reason.

    Raises:
        AmountError: it is no plain positive number, or in a currency without a rate.
    """
    amount = _decimal(value, name)
    if amount <= 0:
        raise AmountError("deny", f"{name} must be more than 0")
    if currency == money.currency:
        return amount
    rate = money.rates.get(currency) if isinstance(currency, str) else None
    if rate is None:
        raise AmountError("needs_approval", f"there is no rate from {currency!s:.12} to {money.currency}")
    return amount * rate


def payees_of(roles: ArgumentRoles, arguments: Mapping[str, Any]) -> frozenset[str]:
    """Everything that says whom the money goes to, spelt one way: `DE12 34` and `de1234` are one."""
    return spelt_alike(arguments.get(name) for name in roles.payee)


def spelt_alike(values: Iterable[Any]) -> frozenset[str]:
    """Names of payees in one spelling; nulls and what is empty left out."""
    return frozenset(spelt for value in values if value is not None and (spelt := _spelt(value)))


def _spelt(value: Any) -> str:
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", str(value)).casefold())


def _decimal(value: Any, name: str) -> Decimal:
    if isinstance(value, str):
        if _DECIMAL_TEXT.fullmatch(value):
            return Decimal(value)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = Decimal(str(value))
        if number.is_finite():
            return number
    raise AmountError("deny", f"{name} must be a plain number")
