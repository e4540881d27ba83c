"""Months that were detached: which events may be absent, and whether as many are as were taken away."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import orjson

from muster.ledger.verify.verdict import Problem, Verdict

SAYS_SO: Final = b'"kind":"month.detached"'
"""In the body of the event that says so."""


class DetachedMonth(NamedTuple):
    """A month whose events were taken out of the database; their leaves stay."""

    month: date | str
    first_seq: int
    last_seq: int
    events: int


class DetachedMonths:
    """All of them."""

    def __init__(self, months: Sequence[DetachedMonth]) -> None:
        self._months = months
        self._said: set[DetachedMonth] = set()

    def __bool__(self) -> bool:
        return bool(self._months)

    def hear(self, body: bytes) -> None:
        """Take in an event of the record that says that a month was detached."""
        payload = orjson.loads(body)["payload"]
        fields = (payload.get(name) for name in DetachedMonth._fields)
        self._said.add(DetachedMonth(*fields))

    def absent(self, after_seq: int, before_seq: int) -> bool:
        """Whether events between two sequence numbers may be missing."""
        return any(month.first_seq < before_seq and month.last_seq > after_seq for month in self._months)

    def check(self, verdict: Verdict) -> None:
        """Report a month that no event of the record says was detached, and any other absence."""
        for month in self._months:
            if month._replace(month=str(month.month)) not in self._said:
                name = str(month.month)[:7]
                sentence = f"{name}: no sealed event of the record says that these events were detached"
                verdict.add(Problem("detached_differs", sentence))
        expected = sum(month.events for month in self._months)
        if verdict.detached != expected:
            months = ", ".join(str(month.month)[:7] for month in self._months)
            verdict.add(
                Problem(
                    "detached_differs",
                    f"{verdict.detached} sealed events are absent around the detached months ({months}), "
                    f"where {expected} were detached",
                )
            )
