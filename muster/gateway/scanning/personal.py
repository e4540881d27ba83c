"""Personal data that can be told by its looks; names and addresses cannot: a registration marks those."""

from typing import Final

from stdnum import iban, luhn
from stdnum.us import ssn

from muster.gateway.scanning.pattern import Pattern

_DIGITS_OF_PHONES = range(8, 16)


def _is_phone(value: str) -> bool:
    return sum(character.isdigit() for character in value) in _DIGITS_OF_PHONES


def _is_card(value: str) -> bool:
    return bool(luhn.is_valid(value.replace(" ", "").replace("-", "")))


PERSONAL: Final[tuple[Pattern, ...]] = (
    Pattern(
        kind="personal:email",
        expression=r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
    ),
    Pattern(kind="personal:phone", expression=r"\+[1-9](?:[ ()./-]{0,2}[0-9]){7,14}\b", confirmed=_is_phone),
    Pattern(
        kind="personal:iban",
        expression=r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        confirmed=iban.is_valid,
    ),
    Pattern(
        kind="personal:payment_card",
        expression=r"\b(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|3[47][0-9]{2}|6(?:011|5[0-9]{2}))"
        r"(?:[ -]?[0-9]{3,6}){2,4}\b",
        confirmed=_is_card,
    ),
    Pattern(
        kind="personal:us_social_security_number",
        expression=r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
        confirmed=ssn.is_valid,
    ),
)
"""Named, never changed: an agent may need the address it answers to."""
