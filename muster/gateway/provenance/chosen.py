"""Which rows of the answers a run's task has chosen, and by what."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator

from muster.gateway.provenance.rows import Row
from muster.gateway.provenance.spelling import Spelling

Pairs = frozenset[tuple[str, str]]
"""(server, value) pairs an explanation rests on."""
NOTHING: Pairs = frozenset()


class ChosenRows:
    """The rows of a run: those still waiting, and those that are chosen, with all they link to."""

    def __init__(self) -> None:
        self.waiting: dict[Row, None] = {}
        self._waiting_by: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._by_value: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        self._by_kind: dict[str, list[Row]] = defaultdict(list)
        self._chosen: dict[Row, int] = {}
        self._identities: dict[tuple[str, str], Row] = {}

    def add(self, row: Row) -> None:
        """Take in a row; it is chosen at once where a chosen row has an identifying value of it."""
        for kind in row.identified_by:
            for value in row.fields.get(kind, ()):
                for key in value.told:
                    linked = self._identities.get((kind, key))
                    if linked is not None:
                        self.choose(row, linked.rests_on | row.pairs(kind, value))
                        return
        self.waiting[row] = None
        for kind in row.identified_by:
            for value in row.fields.get(kind, ()):
                for key in value.told:
                    self._waiting_by[kind, key].append(row)

    def choose(self, row: Row, rests_on: Pairs) -> None:
        """The task has chosen `row`, and with it every row that shares an identifying value."""
        queue = deque([(row, rests_on)])
        while queue:
            one, because = queue.popleft()
            if one in self._chosen:
                continue
            self._chosen[one] = len(self._chosen)
            self.waiting.pop(one, None)
            one.rests_on = because
            for kind, values in one.fields.items():
                self._by_kind[kind].append(one)
                for key in one.keys(kind):
                    self._by_value[kind][key].append(one)
                if kind in one.identified_by:
                    for value in values:
                        for key in value.told:
                            self._identities.setdefault((kind, key), one)
                            for other in self._waiting_by.pop((kind, key), ()):
                                linked = because | one.pairs(kind, value) | other.pairs(kind, value)
                                queue.append((other, linked))

    @property
    def count(self) -> int:
        """How many are chosen."""
        return len(self._chosen)

    def choose_where(self, rows: Iterable[Row], fits: Callable[[Row], Pairs | None]) -> None:
        """Choose each of `rows` that still waits and that `fits` gives reasons for."""
        for row in rows:
            if row in self.waiting and (because := fits(row)) is not None:
                self.choose(row, because)

    def is_chosen(self, row: Row) -> bool:
        """Whether the task has chosen it."""
        return row in self._chosen

    def with_value(self, kind: str, spelling: Spelling) -> list[Row]:
        """The chosen rows that have this value under this kind."""
        by_key = self._by_value.get(kind)
        if by_key is None:
            return []
        return _once(row for key in spelling.asked for row in by_key.get(key, ()))

    def with_kind(self, kind: str) -> list[Row]:
        """The chosen rows that have a value of this kind, as they stand after the run's last look."""
        return current(self._by_kind.get(kind, ()))

    def with_value_anywhere(self, spelling: Spelling) -> bool:
        """Whether a chosen row has this value, whatever its kind."""
        return any(key in by_key for by_key in self._by_value.values() for key in spelling.asked)


def current(rows: Iterable[Row]) -> list[Row]:
    """The rows without those that a later look at the same record has replaced."""
    newest: dict[object, Row] = {}
    for row in rows:
        name = _name_of(row)
        known = newest.get(name)
        if known is None or row.seen_at >= known.seen_at:
            newest[name] = row
    return list(newest.values())


def _name_of(row: Row) -> object:
    own = row.identified_by[0] if row.identified_by else None
    if own is None or own not in row.fields:
        return row
    return row.tool, frozenset(row.keys(own))


def _once(rows: Iterator[Row]) -> list[Row]:
    return list(dict.fromkeys(rows))
