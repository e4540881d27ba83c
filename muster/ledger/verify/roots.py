"""The root at each seal, made twice, and what it means when the two or the signed one differ."""

from typing import Literal, NamedTuple

from muster.ledger.merkle import Frontier
from muster.ledger.verify.align import Gap
from muster.ledger.verify.findings import problems_of
from muster.ledger.verify.seals import SealRow
from muster.ledger.verify.verdict import Problem, Verdict


class Trees(NamedTuple):
    """The root at a seal, made from the events that are there, and from the leaves that were stored."""

    of_events: bytes
    of_stored: bytes


class Judge:
    """Tells seal by seal which tree was signed: that of the events, or that of the stored leaves."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._lost = False
        """Whether neither tree had a signed root, so that later roots say nothing new."""

    def judge(
        self, seal: SealRow, signed: bytes, trees: Trees, gaps: list[Gap], *, goes_on: bool
    ) -> Literal["events", "stored", "neither"]:
        """Report what is wrong under a seal, and say which tree to go on from.

        Args:
            goes_on: whether events come after those that were sealed.
        """
        if trees.of_events == signed:
            if trees.of_stored != signed:
                self._tree_edited(seal, gaps)
            elif gaps:
                self._report(seal, gaps, goes_on=goes_on)
            self._lost = False
            return "events"
        right: Literal["stored", "neither"] = "stored" if trees.of_stored == signed else "neither"
        if right == "neither" and not self._lost:
            self._verdict.add(
                Problem(
                    "root_differs",
                    f"{seal}: neither the events nor the stored leaves have the signed root; "
                    "the seal is forged, or an event and its leaf were changed together in this range",
                    seal.first_index,
                    seal.first_seq,
                )
            )
        self._lost = right == "neither"
        self._report(seal, gaps, goes_on=goes_on)
        return right

    def _report(self, seal: SealRow, gaps: list[Gap], *, goes_on: bool) -> None:
        for problem in problems_of(gaps, end_index=seal.tree_size, goes_on=goes_on):
            self._verdict.add(problem)

    def _tree_edited(self, seal: SealRow, gaps: list[Gap]) -> None:
        index = gaps[0].index if gaps else seal.first_index
        first = gaps[0].found[0] if gaps and gaps[0].found else None
        self._verdict.add(
            Problem(
                "tree_edited",
                f"leaf {index} of the stored tree was changed: the events have the signed root, it has not",
                index,
                first.seq if first else seal.first_seq,
                first.event_id if first else None,
            )
        )


def copy_of(frontier: Frontier) -> Frontier:
    """A tree that grows by itself from here on."""
    return Frontier(frontier.size, frontier.hashes)
