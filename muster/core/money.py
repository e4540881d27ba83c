"""Money is Decimal, in US dollars unless a name says otherwise."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import NewType

Usd = NewType("Usd", Decimal)

_MICRO = Decimal("0.000001")
ZERO_USD = Usd(Decimal("0.000000"))


def usd(value: Decimal | int | str) -> Usd:
    """`value` in dollars with six places, half to even.

    Raises:
        decimal.InvalidOperation: `value` is not a number.
    """
    return Usd(Decimal(value).quantize(_MICRO, rounding=ROUND_HALF_EVEN))
