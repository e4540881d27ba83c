"""What checking the record found: a verdict, and problems that each name the first event they concern."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much."""

ProblemKind = Literal[
    "rolled_back",
    "forked",
    "key_replaced",
    "seal_forged",
    "seal_missing",
    "root_differs",
    "tree_edited",
    "body_edited",
    "columns_differ",
    "not_canonical",
    "event_deleted",
    "event_inserted",
    "event_moved",
    "end_cut_off",
    "chain_broken",
    "detached_differs",
    "guard_missing",
    "mirror_swapped",
    "stamp_wrong",
    "archive_damaged",
]
"""What is wrong, for programs."""

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    kind: ProblemKind
    sentence: str
    """What is wrong and where, in one line for people."""
    index: int | None = None
    """The first leaf of the tree concerned, counted from 0; null when it is not about a sealed event."""
    seq: int | None = None
    """The first event concerned; for events that are gone, the one before them."""
    event_id: str | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass
class Verdict:
    """What checking the record found."""

    events: int = 0
    """Read and checked, sealed or not."""
    runs: int = 0
    seals: int = 0
    sealed: int = 0
    """Leaves under the newest seal."""
    unsealed: int = 0
    """Recorded after the newest seal: chained where they belong to a run, and not yet signed for."""
    detached: int = 0
    """Sealed events of months that were detached; their leaves stand in for them."""
    open_intents: int | None = 0
    """Begun and not yet settled: under way, or for recovery to look at. Null when not known."""
    mirror_files: int | None = None
    """Files of the mirror that are as they were signed; null when the mirror was not checked."""
    stamps: int = 0
    """RFC 3161 time stamps that fit their seal."""
    root_sha256: str | None = None
    """Of the newest seal, in hexadecimal; null when there is none."""
    first_key: str | None = None
    """The key that all trust comes from, as a C2SP vkey."""
    fingerprint: str | None = None
    """SHA-256 of `first_key`, in hexadecimal, for comparing by telephone or on paper."""
    problems: list[Problem] = field(default_factory=list)
    """The first 20: about the whole record, then about events in the order of recording."""
    problems_found: int = 0
    """How many there are, shown or not."""
    notes: list[str] = field(default_factory=list)
    """What could not be checked, or has to be compared by a person."""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def sentence(self) -> str:
        """The verdict in one line."""
        found = "the record is whole" if self.whole else "THE RECORD IS NOT WHOLE"
        intents = "" if self.open_intents is None else f", {self.open_intents} open intents"
        detached = f", {self.detached} in detached months" if self.detached else ""
        runs, seals = _counted(self.runs, "chained run"), _counted(self.seals, "seal")
        return (
            f"{found}: {_counted(self.events, 'event')} ({self.unsealed} not yet sealed{detached}), "
            f"{runs}, {seals}{intents}"
        )

    def add(self, problem: Problem) -> None:
        """Remember a problem, up to the number that is shown.

        One kind about one event counts once; the finding that knows the leaf is the one that stays.
        """
        for place, known in enumerate(self.problems):
            if problem.seq is not None and (known.kind, known.seq) == (problem.kind, problem.seq):
                if known.index is None:
                    self.problems[place] = problem
                return
        self.problems_found += 1
        if len(self.problems) == _SHOWN:
            self._give_way(problem)
        if len(self.problems) < _SHOWN:
            self.problems.append(problem)

    def _give_way(self, problem: Problem) -> None:
        """Let what one deleted event does to many runs not crowd out where it was deleted."""
        followers = [at for at, known in enumerate(self.problems) if known.kind == "chain_broken"]
        if followers and problem.kind != "chain_broken":
            del self.problems[followers[-1]]

    def order(self) -> None:
        """Put what concerns the whole record first, then events in the order of recording."""
        self.problems.sort(key=lambda problem: -1 if problem.seq is None else problem.seq)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
