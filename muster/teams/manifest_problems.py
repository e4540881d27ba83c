"""What is wrong with a manifest, where in the file, and what its owner does about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from muster.core.errors import TeamOwnerError


@dataclass(frozen=True, slots=True)
class ManifestProblem:
    """One thing to mend; `line` counts from 1."""

    file: str
    line: int
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.do}"


class FileProblemsError(TeamOwnerError):
    """A file people write cannot be used; `problems` holds every reason found, in the order of the file."""

    def __init__(self, problems: Sequence[ManifestProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        first = self.problems[0]
        if len(self.problems) == 1:
            super().__init__(first.what, where=f"{first.file}:{first.line}", do=first.do)
            return
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"{len(self.problems)} problems in {first.file}\n{listed}",
            do="mend each of them, then check again",
        )


class ManifestError(FileProblemsError):
    """A team's manifest cannot be used."""


@dataclass(slots=True)
class ManifestFile:
    """A manifest as parsed with its positions, collecting problems as checks find them."""

    path: Path
    document: object
    """The round-trip document (ruamel.yaml), which knows the line of every key and item."""
    problems: list[ManifestProblem]

    def report(self, at: Sequence[str | int], what: str, do: str) -> None:
        """Add a problem at the place `at` leads to (keys and list positions from the top)."""
        self.report_at(self.line(at), what, do)

    def report_at(self, line: int, what: str, do: str) -> None:
        """Add a problem on a line, from 1."""
        self.problems.append(ManifestProblem(str(self.path), line, what, do))

    def line(self, at: Sequence[str | int]) -> int:
        """The line, from 1, of the deepest part of `at` that is in the file."""
        node, line = self.document, 1
        for step in at:
            position = _position(node, step)
            if position is None:
                break
            line = position
            node = node[step]  # type: ignore[index]  # _position has seen that it is a mapping or list holding step
        return line


def _position(node: object, step: str | int) -> int | None:
    marks = getattr(node, "lc", None)
    if marks is None:
        return None
    if isinstance(node, dict) and step in node:
        row = marks.key(step)[0]
    elif isinstance(node, list) and isinstance(step, int) and step < len(node):
        row = marks.item(step)[0]
    else:
        return None
    return int(row) + 1
