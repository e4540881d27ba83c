"""One spelling for one value: the same address, amount or date is found again however it is written."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

Scalar: TypeAlias = "str | int | float | bool | Decimal"

_SAME_SIGNS = str.maketrans("‘’ʼ‛´`“”„‟‐‑‒–—−", "''''''\"\"\"\"------")
_DECIMAL = re.compile(r"[+-]?(0|[1-9]\d{0,17})(\.\d{1,9})?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d)(?::(\d\d))?(?:\.\d{1,9})?(z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_CODE = re.compile(r"[a-z\d]+(?:[ -][a-z\d]+)*", re.ASCII)
_PLUS_CODE = re.compile(r"\+\d+(?:[ -]\d+)*", re.ASCII)
_DIGIT = re.compile(r"\d", re.ASCII)
_SHORTEST_CODE = 8
_DEEPEST = 40
_MOST_DIGITS = 60
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Spelling:
    """A value as it is compared."""

    text: str
    """NFKC, lower case, blanks, quotes and dashes made one; of a number its plain figures."""
    number: Decimal | None = None
    day: str | None = None
    """The ISO date; null when it is no date."""
    clock: str | None = None
    """`HH:MM`, with seconds only where they are not zero; null when no time is said."""
    code: str | None = None
    """An account or card number, a phone number, an order code without its blanks and hyphens."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The keys any one of which explains it."""
        if self.number is not None:
            return (f"#{self.text}",) if self.code is None else (f"#{self.text}", f"~{self.code}")
        if self.day is not None:
            return (f"@{self.day}T{self.clock}" if self.clock else f"@{self.day}",)
        return (self.text,) if self.code is None else (self.text, f"~{self.code}")

    @property
    def mark(self) -> str:
        """The one string that stands for the value, however it was written."""
        return self.asked[-1]

    @property
    def told(self) -> tuple[str, ...]:
        """The keys it explains: a moment explains its day as well."""
        if self.day is not None and self.clock:
            return (*self.asked, f"@{self.day}")
        return self.asked


def spelt(value: Scalar) -> Spelling:
    """The spelling of one scalar."""
    if isinstance(value, bool):
        return Spelling("true" if value else "false")
    if isinstance(value, str):
        return _spelt_short(value) if len(value) <= _KEPT else Spelling(normal(value))
    number = Decimal(str(value))
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        return Spelling(str(number).lower())
    return _numeric(number)


def normal(text: str) -> str:
    """The text as it is compared: NFKC, lower case, one blank for many, one quote and one dash for all."""
    if text.isascii():
        return " ".join(text.replace("`", "'").lower().split())
    # full case folding would make fußball.example and fussball.example one, and these are two addresses
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SAME_SIGNS).lower().split())


@lru_cache(maxsize=8192)
def _spelt_short(value: str) -> Spelling:
    text = normal(value)
    if _DECIMAL.fullmatch(text) and not (text.startswith("+") and len(text) > _SHORTEST_CODE):
        return _numeric(Decimal(text))
    moment = _MOMENT.fullmatch(text)
    if moment is not None:
        day, clock, seconds, _zone = moment.groups()
        exact = f"{clock}:{seconds}" if clock and seconds and seconds != "00" else clock
        return Spelling(text, day=day, clock=exact)
    return Spelling(text, code=code_of(text))


def code_of(text: str, shortest: int = _SHORTEST_CODE) -> str | None:
    """Letters and digits of an account-like value in normal form; null when it is a word or a sentence."""
    if len(text) < shortest or not (_CODE.fullmatch(text) or _PLUS_CODE.fullmatch(text)):
        return None
    code = text.replace(" ", "").replace("-", "")
    if len(code) < shortest or len(_DIGIT.findall(code)) * 2 < len(code):
        return None
    return code


def leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Scalar]]:
    """Every scalar inside `value` with the names on its way, joined by dots; nothing for null.

    What lies too deep is one text, so that nothing is ever passed over.
    """
    if isinstance(value, str | int | float | Decimal):
        yield path, value
    elif value is None:
        return
    elif depth >= _DEEPEST or not isinstance(value, Mapping | Sequence):
        yield path, _flat(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key), depth + 1)
    else:
        for item in value:
            yield from leaves(item, path, depth + 1)


def _numeric(number: Decimal) -> Spelling:
    figures = _figures(number)
    code = figures if len(figures) >= _SHORTEST_CODE and figures.isdigit() else None
    return Spelling(figures, number=number, code=code)


def _flat(value: Any) -> str:
    try:
        return str(value)
    except RecursionError:
        return "too deep to be read"


def _figures(number: Decimal) -> str:
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.removeprefix("+")
