"""Who vouches for the values of a call: the registry of known values, the task, a chosen row, or a rule."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from muster.gateway.provenance.agreement import agrees, disagreements, of_one_row
from muster.gateway.provenance.call import Call, Leaf
from muster.gateway.provenance.chosen import NOTHING, ChosenRows, Pairs
from muster.gateway.provenance.explained import Explained
from muster.gateway.provenance.known import Known
from muster.gateway.provenance.marks import read_back
from muster.gateway.provenance.passage import Passage
from muster.gateway.provenance.policy import Rule
from muster.gateway.provenance.rows import Row
from muster.gateway.provenance.sent import SentValues
from muster.gateway.provenance.sources import RuleSources
from muster.gateway.provenance.spelling import Spelling, spelt

_PARTS = re.compile(r"[,;\n]")
_NAMED_ADDRESS = re.compile(r"[^<>@,;\"]{1,80}<\s*([^<>\s,;]+)\s*>")


@dataclass(frozen=True, slots=True)
class VouchedText:
    """A text the company vouches for as a whole."""

    origin: str
    passage: Passage
    server: str | None = None
    """The system that gave it; null: the task."""
    at: int = 0
    """Which call of the run gave it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was found for each controlling value of a call."""

    found: dict[Leaf, Explained]
    problems: dict[Leaf, str]
    """What speaks against values that were found, in words."""


class Explainer:
    """Explains values from what a run has seen so far."""

    def __init__(
        self, known: Known, texts: list[VouchedText], rows: ChosenRows, sent: SentValues, sources: RuleSources
    ) -> None:
        self._known = known
        self._texts = texts
        self._rows = rows
        self._sent = sent
        self._sources = sources

    def explain(self, call: Call, rules: Iterable[Rule]) -> Explanation:
        """The explanations of all controlling values that have one."""
        found: dict[Leaf, Explained] = {}
        controlling = call.controlling
        for leaf in controlling:
            plain = self._plainly(leaf)
            if plain is not None:
                found[leaf] = plain
        for leaf in controlling:
            if leaf not in found and (by_rows := self._by_rows(leaf, call)) is not None:
                found[leaf] = by_rows
        related = [row for each in found.values() for row in each.rows]
        counting = list(rules)
        for leaf in controlling:
            if leaf not in found and (left := self._otherwise(leaf, call, counting, related)) is not None:
                found[leaf] = left
        problems = of_one_row(call, found) | disagreements(call, found, counting)
        for leaf in problems:
            found.pop(leaf, None)
        return Explanation(found, problems)

    def vouched_anywhere(self, spelling: Spelling) -> bool:
        """Whether any text, registry or chosen row has the value, whatever its kind."""
        return (
            self._known.holds_anywhere(spelling.text)
            or self._rows.with_value_anywhere(spelling)
            or any(self._stands_in(text, "", spelling) for text in self._texts)
        )

    def named_by_task(self, row: Row) -> Pairs | None:
        """What the row's being chosen rests on when a vouched text names it; null when none does."""
        for kind in row.identified_by if self._texts else ():
            for value in row.fields.get(kind, ()):
                for text in self._texts:
                    if self._stands_in(text, kind, value):
                        pairs = row.pairs(kind, value)
                        return pairs | read_back(text.server, value) if text.server else pairs
        return None

    def _otherwise(self, leaf: Leaf, call: Call, rules: list[Rule], related: list[Row]) -> Explained | None:
        by_rule = self._sources.by_rule(leaf, call, rules, related)
        if by_rule is not None:
            return by_rule
        parts = _parts_of(leaf)
        if not parts:
            return None
        each = [
            self._plainly(part)
            or self._by_rows(part, call)
            or self._sources.by_rule(part, call, rules, related)
            for part in parts
        ]
        sure = [one for one in each if one is not None]
        if len(sure) < len(parts):
            return None
        origins = ", ".join(dict.fromkeys(one.origin for one in sure))
        rows = tuple(dict.fromkeys(row for one in sure for row in one.rows))
        pairs = NOTHING.union(*(one.rests_on for one in sure))
        vouched = all(one.vouched for one in sure)
        by_agent = any(one.by_agent for one in sure)
        return Explained(origins, vouched=vouched, rows=rows, by_agent=by_agent, rests_on=pairs)

    def _plainly(self, leaf: Leaf) -> Explained | None:
        if self._known.holds(leaf.kind, leaf.value):
            return Explained("known")
        if isinstance(leaf.value, bool):
            return None
        for text in self._texts:
            if self._stands_in(text, leaf.kind, leaf.spelling):
                pairs = read_back(text.server, leaf.spelling) if text.server else NOTHING
                return Explained(text.origin, rests_on=pairs)
        return None

    def _stands_in(self, text: VouchedText, kind: str, spelling: Spelling) -> bool:
        if not text.passage.holds(spelling.text):
            return False
        return text.server is None or not self._sent.doubts(text.server, kind, spelling, text.at)

    def _by_rows(self, leaf: Leaf, call: Call) -> Explained | None:
        rows = [row for row in self._rows.with_value(leaf.kind, leaf.spelling) if agrees(row, leaf, call)]
        if not rows:
            return None
        return Explained.by_rows(rows[-1].origin, rows, leaf.kind, leaf.spelling)


def _parts_of(leaf: Leaf) -> list[Leaf]:
    """The values a list in one text is made of, names beside addresses left out; empty for a single value."""
    if not isinstance(leaf.value, str):
        return []
    parts = [part.strip() for part in _PARTS.split(leaf.value.strip())]
    bare = [address[1] if (address := _NAMED_ADDRESS.fullmatch(part)) else part for part in parts]
    if bare == [leaf.value] or not all(bare) or any(spelt(part).number is not None for part in bare):
        return []
    return [_with(leaf, part) for part in bare]


def _with(leaf: Leaf, value: str) -> Leaf:
    return replace(leaf, value=value, spelling=spelt(value))
