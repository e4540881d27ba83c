"""A text the company vouches for: whether a value stands in it."""

import re
from decimal import Decimal
from functools import cached_property

from muster.gateway.provenance.figures import joined_thousands, numbers_in
from muster.gateway.provenance.moments import clocks_in, days_in, names_day
from muster.gateway.provenance.spelling import Scalar, Spelling, code_of, normal, spelt

_SHORTEST = 3
_LONGEST = 2_000
_SHORTEST_CODE = 5
_DAY_BEGINS = "00:00"
_JOINS = frozenset(".@-+/_%")
_CLOCK = re.compile(r"\d\d:\d\d(?::\d\d)?", re.ASCII)
_CODE_TOKEN = re.compile(r"[^\W_]+|[^ \-]", re.ASCII)
_SCHEME = re.compile(r"https?://")


class Passage:
    """A text, searched for whole values: `smith@x.example` does not stand in `bob.smith@x.example`."""

    def __init__(self, text: str) -> None:
        self.text = normal(joined_thousands(text))

    def holds(self, value: Scalar) -> bool:
        """Whether `value` stands in the text, as it is or in another customary notation.

        Numbers are compared as numbers, dates as dates and account numbers without their blanks. Other values
        need three characters at least. A truth value stands in no text.
        """
        if isinstance(value, bool) or not self.text:
            return False
        spelling = spelt(value)
        if spelling.number is not None:
            return spelling.number in self._numbers
        if spelling.day is not None:
            return self._names_moment(spelling)
        return self._words(spelling)

    def has(self, text: str) -> bool:
        """Whether this very text, in normal form, stands in it as a whole word or words."""
        return 0 < len(text) <= _LONGEST and self._stands(text)

    @property
    def code_text(self) -> str:
        """The text without blanks and hyphens."""
        return self._codes[0]

    def _words(self, spelling: Spelling) -> bool:
        text = spelling.text
        if not _SHORTEST <= len(text) <= _LONGEST:
            return False
        if self._stands(text) or (_CLOCK.fullmatch(text) and text.removesuffix(":00") in self._clocks):
            return True
        code = code_of(text, _SHORTEST_CODE)
        if code is not None and self._spells(code):
            return True
        bare = _SCHEME.sub("", text, count=1).rstrip("/")
        return bare != text and len(bare) >= _SHORTEST and "." in bare and self._stands(bare)

    def _names_moment(self, spelling: Spelling) -> bool:
        assert spelling.day is not None
        named = names_day(self._days, spelling.day)
        return named and (spelling.clock in (None, _DAY_BEGINS) or spelling.clock in self._clocks)

    def _stands(self, text: str) -> bool:
        start = self.text.find(text)
        while start >= 0:
            if self._ends_left(start) and self._ends_right(start + len(text)):
                return True
            start = self.text.find(text, start + 1)
        return False

    def _ends_left(self, at: int) -> bool:
        text = self.text
        return at == 0 or not _joined(text[at - 1], text[at], before=text[at - 2 : at - 1])

    def _ends_right(self, at: int) -> bool:
        text = self.text
        return at >= len(text) or not _joined(text[at], text[at - 1], before=text[at + 1 : at + 2])

    def _spells(self, code: str) -> bool:
        joined, starts, ends = self._codes
        at = joined.find(code)
        while at >= 0:
            if at in starts and at + len(code) in ends:
                return True
            at = joined.find(code, at + 1)
        return False

    @cached_property
    def _numbers(self) -> frozenset[Decimal]:
        return numbers_in(self.text)

    @cached_property
    def _days(self) -> frozenset[tuple[int | None, int, int]]:
        return days_in(self.text)

    @cached_property
    def _clocks(self) -> frozenset[str]:
        return clocks_in(self.text)

    @cached_property
    def _codes(self) -> tuple[str, frozenset[int], frozenset[int]]:
        """The text without blanks and hyphens, and where in it words begin and end."""
        joined: list[str] = []
        starts, ends, length = set(), set(), 0
        for token in _CODE_TOKEN.findall(self.text):
            starts.add(length)
            joined.append(token)
            length += len(token)
            ends.add(length)
        return "".join(joined), frozenset(starts), frozenset(ends)


def _joined(outside: str, inside: str, *, before: str) -> bool:
    """Whether a word goes on over the edge of a match; `before` is the sign beyond `outside`."""
    if _goes_on(outside):
        return _goes_on(inside) or inside in _JOINS
    return outside in _JOINS and _goes_on(inside) and _goes_on(before)


def _goes_on(sign: str) -> bool:
    return sign.isalnum() or sign == "_"
