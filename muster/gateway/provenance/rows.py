"""The rows of an answer: the fields its system vouches for, record by record."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from muster.gateway.provenance.marks import names_of, read_back
from muster.gateway.provenance.paths import Place, names_in, places, record_of, steps_of
from muster.gateway.provenance.spelling import Spelling, leaves, spelt
from muster.gateway.registration import Returns

MOST_ROWS = 2_000
MOST_VALUES = 200
"""Of one kind in one row."""


@dataclass(slots=True, eq=False)
class Row:
    """The trusted fields of one record of an answer."""

    tool: str
    server: str
    call_id: str
    place: Place
    identified_by: tuple[str, ...]
    seen_at: int
    """Which call of the run gave it."""
    alone: bool
    """Whether the answer has just this one record under its path."""
    fields: dict[str, list[Spelling]] = field(default_factory=dict)
    """Values by kind."""
    names: dict[str, set[str]] = field(default_factory=dict)
    """By kind, what its fields are called."""
    of_somebody: bool = False
    """Whether it said whose record it is when it was read."""
    parent: "Row | None" = None
    """The row of the record this one lies in."""
    children: "list[Row]" = field(default_factory=list)
    rests_on: frozenset[tuple[str, str]] = frozenset()
    """Once it is chosen: the (server, value) pairs that made it so."""

    @property
    def origin(self) -> str:
        """The row as people are told of it."""
        return f"row {self.tool} ({self.call_id})"

    def pairs(self, kind: str, value: Spelling) -> frozenset[tuple[str, str]]:
        """What an explanation by one of its values rests on."""
        return read_back(self.server, value, self.names.get(kind, ()))

    def keys(self, kind: str) -> set[str]:
        """The keys of its values of one kind."""
        return {key for value in self.fields.get(kind, ()) for key in value.told}

    def around(self) -> "Iterator[Row]":
        """The row, the ones it lies in and the ones that lie in it."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent
        yield from self.within()

    def within(self) -> "Iterator[Row]":
        """The row and the ones that lie in it."""
        yield self
        for child in self.children:
            yield from child.within()


def rows_in(answer: Any, returns: Returns, tool: str, call_id: str, seen_at: int = 0) -> list[Row]:
    """The rows of a parsed answer, outer records first; of a list without end only the first part."""
    rows: dict[Place, Row] = {}
    records: dict[tuple[str, ...], list[Place]] = {}
    for path, kind in returns.trusted.items():
        steps = steps_of(path)
        record = record_of(steps)
        if record not in records:
            records[record] = [place for place, _ in islice(places(answer, record), MOST_ROWS + 1)]
        alone = len(records[record]) == 1
        names = names_of(kind).union(*map(names_of, names_in(steps)[-1:]))
        for place, value in islice(places(answer, steps), MOST_ROWS):
            where = place[: len(record)]
            row = rows.get(where)
            if row is None:
                server = tool.partition("__")[0]
                row = rows[where] = Row(tool, server, call_id, where, returns.identified_by, seen_at, alone)
            row.names.setdefault(kind, set()).update(names)
            values = row.fields.setdefault(kind, [])
            values.extend(spelt(leaf) for _, leaf in islice(leaves(value), MOST_VALUES - len(values)))
    found = sorted(rows.values(), key=lambda row: len(row.place))
    for row in found:
        row.fields = {kind: values for kind, values in row.fields.items() if values}
        row.of_somebody = any(kind in row.fields for kind in row.identified_by)
        row.parent = next(
            (
                rows[row.place[:size]]
                for size in range(len(row.place) - 1, -1, -1)
                if row.place[:size] in rows
            ),
            None,
        )
        if row.parent is not None:
            row.parent.children.append(row)
    return [row for row in found if row.fields]
