"""New work, so that the queue never dries up: day after day of the demo company, in small portions."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from muster.core.settings import Settings
from muster.demo.company.books import open_books, seed
from muster.demo.deliver import DoorClosedError, Doors, deliver
from muster.demo.generate.edition import make_edition, write_edition
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

PORTION = 12
"""Messages that arrive together."""
_LOOK_SECONDS = 0.5
_CLOSED_SECONDS = 0.5
_TRIES = 120


class RefusedError(Exception):
    """A door goes on refusing a message."""


class Feed:
    """Delivers work through the real doors whenever little of it is open."""

    def __init__(self, folder: Path, settings: Settings, number: int) -> None:
        """
        Args:
            folder: keeps the days that were made and how far they were delivered.
            number: the seed.
        """
        self._folder = folder
        self._settings = settings
        self._seed = number
        self._kept = folder / "fed.json"
        self._stopping = asyncio.Event()
        self._position: tuple[int, int] = (1, 0)
        if self._kept.exists():
            edition, portion = json.loads(self._kept.read_text())
            self._position = edition, portion

    async def keep_open(self, ledger: PostgresLedger, at_least: int) -> None:
        """Deliver the next portion whenever fewer tasks are open; goes on until `stop`.

        Raises:
            RefusedError: a door goes on refusing a message.
        """
        while not self._stopping.is_set():
            with contextlib.suppress(LedgerUnavailableError):
                if await self.open_work(ledger) < at_least:
                    await self._deliver_next()
                    continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _LOOK_SECONDS)

    def stop(self) -> None:
        """`keep_open` returns once the portion under way is delivered."""
        self._stopping.set()

    async def open_work(self, ledger: PostgresLedger) -> int:
        """Tasks that are open, and messages that are not tasks yet.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        [row] = await ledger.fetch(load("tests.chaos", "open_tasks"))
        return int(row["open"]) + self._uncollected()

    def delivered(self) -> Iterator[dict[str, Any]]:
        """The line of the truth of every message that was delivered."""
        for edition in range(1, self._position[0] + 1):
            day = self._day(edition)
            if not day.exists():
                continue
            parts = [self._position[1]] if edition == self._position[0] else [None]
            names = {name for portion in self._portions(edition)[: parts[0]] for name in portion}
            for line in (day / "truth.jsonl").read_text().splitlines():
                row = json.loads(line)
                if row["message"] in names:
                    yield row

    def _uncollected(self) -> int:
        dropped = (path for path in self._settings.drop_dir.glob("*/*") if path.is_file())
        return sum(1 for _ in (self._settings.maildir / "new").glob("*")) + sum(1 for _ in dropped)

    async def _deliver_next(self) -> None:
        edition, number = self._position
        day = self._day(edition)
        if not day.exists():
            await asyncio.to_thread(self._make, edition)
        portions = self._portions(edition)
        await self._deliver(day, portions[number])
        self._position = (edition, number + 1) if number + 1 < len(portions) else (edition + 1, 0)
        self._kept.write_text(json.dumps(self._position))

    async def _deliver(self, day: Path, names: list[str]) -> None:
        posts = [name for name in names if "#" in name]
        letters = [name for name in names if "#" not in name]
        for parcel, part in (("letters", letters), ("posts", posts)):
            if part:
                write_edition(_files(day, part), self._folder / parcel)
                await self._hand_in(self._folder / parcel)

    async def _hand_in(self, parcel: Path) -> None:
        """Only what goes through one kind of door: one that is closed must not make us repeat the others."""
        refused: tuple[str, ...] = ()
        for _ in range(_TRIES):
            try:
                refused = (await deliver(parcel, Doors.of(self._settings))).refused
                if not refused:
                    return
            except DoorClosedError as error:  # killed just now; sent again, it is recognised
                refused = (str(error),)
            await asyncio.sleep(_CLOSED_SECONDS)
        raise RefusedError(f"not taken after {_TRIES} tries: {refused}")

    def _make(self, edition: int) -> None:
        draft = self._folder / f"day-{edition}.part"
        write_edition(make_edition(self._seed, edition), draft)
        seed(open_books(self._settings.company_database), draft / "company.json")
        draft.rename(self._day(edition))

    def _day(self, edition: int) -> Path:
        return self._folder / f"day-{edition}"

    def _portions(self, edition: int) -> list[list[str]]:
        lines = (self._day(edition) / "truth.jsonl").read_text().splitlines()
        names = [json.loads(line)["message"] for line in lines]
        Random(f"{self._seed}/{edition}").shuffle(names)
        return [names[start : start + PORTION] for start in range(0, len(names), PORTION)]


def _files(day: Path, names: list[str]) -> dict[str, bytes]:
    """The named messages of a day, as files of a smaller day."""
    posts = (day / "webhooks.jsonl").read_bytes().splitlines(keepends=True)
    files: dict[str, bytes] = {"webhooks.jsonl": b""}
    for name in names:
        kind, _, number = name.partition("#")
        if number:
            files[kind] += posts[int(number) - 1]
        else:
            files[name] = (day / name).read_bytes()
    return files
