"""What a fault run did so far, on disk: the kills that were made, so that it can be taken up again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tests.chaos.schedule import Victim


@dataclass(frozen=True, slots=True)
class Made:
    """A kill that was made."""

    number: int
    victim: Victim
    at: str
    """ISO 8601, UTC."""
    pids: tuple[int, ...]
    tasks: tuple[str, ...]
    """What a light runner had in hand; empty for the others."""
    intents: tuple[str, ...] = ()
    """Of the calls it was aimed at: those under way at that moment that change something."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was asked for; the same again when the run is taken up."""

    seed: int
    kills: int
    light: bool
    every_seconds: float
    lease_seconds: float
    workers: int
    first: int
    """The first kill that is made; earlier ones of the schedule are left out."""
    answer_after_ms: str = "40:400"
    """How long the company's systems take to answer; empty for at once."""

    def command(self, kills: int | None = None, first: int | None = None) -> str:
        """The command line that asks for the same, perhaps for fewer kills."""
        words = [
            "python -m tests.chaos",
            f"--seed {self.seed}",
            f"--kills {kills or self.kills}",
            f"--every {self.every_seconds:g}",
            f"--lease {self.lease_seconds:g}",
            f"--workers {self.workers}",
        ]
        words += [f"--answer-after-ms {self.answer_after_ms or 'none'}"]
        words += ["--light"] if self.light else []
        words += [f"--first {first or self.first}"] if (first or self.first) > 1 else []
        return " ".join(words)


class Diary:
    """The kills of a run, in a folder."""

    def __init__(self, folder: Path, terms: Terms) -> None:
        self.folder = folder
        self.terms = terms
        self._path = folder / "kills.jsonl"
        self.made: list[Made] = []
        if self._path.exists():
            rows = [json.loads(line) for line in self._path.read_text().splitlines()]
            self.made = [_made(row) for row in rows]

    @classmethod
    def begun(cls, folder: Path, terms: Terms) -> Self:
        """The diary of a new run.

        Raises:
            FileExistsError: a run was begun in that folder already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "terms.json").open("x") as file:
            json.dump(asdict(terms), file)
        return cls(folder, terms)

    @classmethod
    def resumed(cls, folder: Path) -> Self:
        """The diary of a run that was begun before.

        Raises:
            FileNotFoundError: no run was begun there.
        """
        return cls(folder, Terms(**json.loads((folder / "terms.json").read_text())))

    def note(
        self, number: int, victim: Victim, pids: list[int], tasks: list[str], intents: Sequence[str] = ()
    ) -> Made:
        """Write a kill down; it is not made again."""
        at = datetime.now(UTC).isoformat()
        made = Made(number, victim, at, tuple(pids), tuple(tasks), tuple(intents))
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(made)) + "\n")
        self.made.append(made)
        return made


def _made(row: dict[str, Any]) -> Made:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
    }
    return Made(**values)
