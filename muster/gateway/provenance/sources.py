"""What a rule's source expressions give: parts of the task, chosen rows, a tool's registry, bounds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from muster.gateway.provenance.agreement import agrees
from muster.gateway.provenance.call import Call, Leaf
from muster.gateway.provenance.chosen import ChosenRows, Pairs, current
from muster.gateway.provenance.explained import Explained
from muster.gateway.provenance.figures import numbers_in
from muster.gateway.provenance.passage import Passage
from muster.gateway.provenance.policy import AtMost, Bounds, OneOf, Rule, Source, Values
from muster.gateway.provenance.rows import Row
from muster.gateway.provenance.spelling import Spelling, spelt
from muster.gateway.provenance.task import TaskWords


class RuleSources:
    """Evaluates rules against what a run has seen."""

    def __init__(self, words: TaskWords, rows: ChosenRows) -> None:
        self._words = words
        self._rows = rows
        self.count = 0
        """How many rows are registered."""
        self._registry: dict[tuple[str, str], list[Row]] = defaultdict(list)

    def register(self, rows: Iterable[Row]) -> None:
        """Rows of a call all whose arguments were explained: what that tool knows."""
        for row in rows:
            self.count += 1
            for kind in row.fields:
                self._registry[row.tool, kind].append(row)

    def by_rule(self, leaf: Leaf, call: Call, rules: list[Rule], related: list[Row]) -> Explained | None:
        """The first rule's source that gives the value; null when none does."""
        for rule in rules:
            if rule.explains(call.tool, leaf.argument):
                for source in rule.arguments[leaf.argument]:
                    given = self._given(source, leaf, call, related, rule)
                    if given is not None and (sure := self._under(rule, given, call, related)) is not None:
                        return sure
        return None

    def anchored(self, row: Row, rules: Iterable[Rule]) -> Pairs | None:
        """What the row's being chosen rests on when an anchor names it; null when none does."""
        for rule in rules:
            for kind, texts in rule.anchors.items():
                if kind in row.identified_by:
                    for value in row.fields.get(kind, ()):
                        if any(self.names(text, value) for text in texts):
                            return row.pairs(kind, value)
        return None

    def names(self, text: str, value: Spelling) -> bool:
        """Whether a source expression gives the value."""
        if text == "agent":
            return False
        if text.startswith("task."):
            return self._task_gives(text, value)
        return any(not row.keys(_kind(text)).isdisjoint(value.asked) for row in self._rows_of(text))

    def _under(self, rule: Rule, given: Explained, call: Call, related: list[Row]) -> Explained | None:
        """What is left of an explanation under the rule's conditions; null when nothing is.

        A condition is asked of the row that gives the value; where that says nothing of the kind, of the rows
        the call is about; where those say nothing of it, of any chosen row.
        """
        if not rule.where:
            return given
        rows = given.rows or (None,)
        sure = [
            row
            for row in rows
            if all(self._says(kind, wanted, row, call, related) for kind, wanted in rule.where.items())
        ]
        if not sure:
            return None
        return replace(given, rows=tuple(row for row in sure if row is not None))

    def _given(
        self, source: Source, leaf: Leaf, call: Call, related: list[Row], rule: Rule
    ) -> Explained | None:
        if isinstance(source, OneOf):
            allowed = {key for each in source.one_of for key in spelt(each).asked}
            return Explained(rule.origin) if not allowed.isdisjoint(leaf.spelling.asked) else None
        if isinstance(source, AtMost):
            return self._bounded(source, leaf, call, related, rule)
        if source == "agent":
            return Explained(rule.origin, vouched=rule.vouches, by_agent=True)
        if source.startswith("task."):
            vouched = rule.vouches or source in ("task.sender", "task.sender_domain")
            return (
                Explained(rule.origin, vouched=vouched) if self._task_gives(source, leaf.spelling) else None
            )
        kind = _kind(source)
        rows = [
            row
            for row in self._about(source, leaf, call, related)
            if not row.keys(kind).isdisjoint(leaf.spelling.asked)
        ]
        return Explained.by_rows(rule.origin, rows, kind, leaf.spelling) if rows else None

    def _bounded(
        self, source: AtMost, leaf: Leaf, call: Call, related: list[Row], rule: Rule
    ) -> Explained | None:
        number, bound = leaf.spelling.number, source.at_most
        if number is None or number < 0:
            return None
        if isinstance(bound, Decimal):
            return Explained(rule.origin, vouched=rule.vouches) if number <= bound + source.plus else None
        if bound.startswith("task."):
            said = numbers_in(self._passage(bound).text)
            return (
                Explained(rule.origin, vouched=rule.vouches)
                if any(number <= each + source.plus for each in said)
                else None
            )
        kind = _kind(bound)
        for row in self._about(bound, leaf, call, related):
            for value in row.fields.get(kind, ()):
                if value.number is not None and number <= value.number + source.plus:
                    return Explained.by_rows(rule.origin, [row], kind, value, vouched=rule.vouches)
        return None

    def _about(self, text: str, leaf: Leaf | None, call: Call, related: list[Row]) -> list[Row]:
        """The rows a `row.` or a registry expression may look at for this call."""
        rows = [row for row in current(self._rows_of(text)) if agrees(row, leaf, call)]
        if text.startswith("row.") and related:
            near = {one for row in related for one in row.around()}
            return [row for row in rows if row in near]
        return rows

    def _rows_of(self, text: str) -> list[Row]:
        source, _, kind = text.rpartition(".")
        return self._rows.with_kind(kind) if source == "row" else self._registry.get((source, kind), [])

    def _says(
        self, kind: str, wanted: Bounds | Values, giving: Row | None, call: Call, related: list[Row]
    ) -> bool:
        if giving is not None and (own := _stated(giving.within(), kind)):
            return all(_fits(values, wanted) for values in own)
        near = [values for row in current(related) for values in _stated(row.around(), kind)]
        if near:
            return all(_fits(values, wanted) for values in near)
        others = [row for row in self._rows.with_kind(kind) if agrees(row, None, call)]
        return any(all(_fits(each, wanted) for each in _stated(row.around(), kind)) for row in others)

    def _task_gives(self, text: str, value: Spelling) -> bool:
        if text in ("task.sender", "task.sender_domain"):
            said = self._words.sender if text == "task.sender" else self._words.sender_domain
            return said is not None and not set(said.told).isdisjoint(value.asked)
        return self._passage(text).holds(value.text)

    def _passage(self, text: str) -> Passage:
        passage = getattr(self._words, text.removeprefix("task."))
        assert isinstance(passage, Passage)
        return passage


def _kind(text: str) -> str:
    return text.rpartition(".")[2]


def _stated(rows: Iterable[Row], kind: str) -> list[list[Spelling]]:
    """Row by row, the values of a kind; rows that say nothing of it are left out."""
    return [values for row in rows if (values := row.fields.get(kind))]


def _fits(values: list[Spelling], wanted: Bounds | Values) -> bool:
    """Whether one of a row's values is among those wanted."""
    if isinstance(wanted, Bounds):
        return any(value.number is not None and wanted.holds(value.number) for value in values)
    allowed = {key for each in wanted for key in spelt(each).asked}
    return any(not allowed.isdisjoint(value.asked) for value in values)
