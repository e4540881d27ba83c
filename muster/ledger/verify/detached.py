"""Months that were detached: which events may be absent, and whether as many are as were taken away."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from muster.ledger.verify.verdict import Problem, Verdict


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

    def absent(self, after_seq: int, before_seq: int) -> bool:
        """Whether events between two sequence numbers may be missing."""
        return any(month.first_seq < before_seq and month.last_seq > after_seq for month in self._months)

    def check(self, verdict: Verdict) -> None:
        """Report when not exactly the events of detached months are absent."""
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
