"""Reads the record for analysis: frames for Polars, whole bodies for a trace. It cannot write.

What is sealed and mirrored is read from Parquet, the rest from Postgres. Which is which is decided in one
snapshot of the database: the mirror files it lists hold everything up to their last place in the order for
good, and the same snapshot gives the events between and after them. What a file that is missing held comes
from Postgres, too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import orjson
import polars as pl
import psycopg
from psycopg.rows import dict_row, tuple_row

from muster.core.settings import Settings
from muster.ledger.event_frame import EVENT_FRAME, read_frame
from muster.ledger.head import Seal
from muster.ledger.mirror_columns import scan_mirror
from muster.ledger.mirror_file import MirrorFile, MirrorFileMissingError, mirror_cover
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.snapshot import snapshot
from muster.ledger.sql import load

__all__ = ["EVENT_FRAME", "LedgerReader", "Mark"]

_BEGINNING: Final = "task.queued"
"""The first event of every task."""

_BODIES: Final[dict[str, pl.DataType]] = {"seq": pl.Int64(), "body": pl.String()}

_CONDITIONS: Final[dict[str, tuple[str, Callable[[pl.Expr, Any], pl.Expr]]]] = {
    "kinds": ("kind", pl.Expr.is_in),
    "since": ("happened_at", pl.Expr.ge),
    "until": ("happened_at", pl.Expr.lt),
    "team": ("team", pl.Expr.eq),
    "task_id": ("task_id", pl.Expr.eq),
}
_Gap = tuple[int, int | None]
"""Places in the order after the first and before the second; None: to the end."""
_EVERYTHING: Final[_Gap] = (0, None)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the order up to which the record is sealed and mirrored: nothing comes before it later."""

    last_seq: int
    tree_size: int
    root_sha256: str
    """Of the tree of that size, hexadecimal: it stands for every event up to there."""


class LedgerReader:
    """A read-only view of the record at a database URL."""

    def __init__(self, url: str, mirror: MirrorStore | None = None) -> None:
        """
        Args:
            mirror: None reads from Postgres alone, and sees only what that still has.
        """
        self._url = url
        self._mirror = mirror

    @classmethod
    def of(cls, settings: Settings, url: str) -> Self:
        """The installation's record, whose database is at `url`."""
        return cls(url, MirrorStore.of(settings))

    def scan(
        self,
        kinds: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        team: str | None = None,
        task_id: str | None = None,
        after_seq: int | None = None,
    ) -> pl.LazyFrame:
        """The events that match, as of now, as an `EVENT_FRAME`; the mirror is read when it is collected.

        Collect it within the hour, since mirror files are put together and then removed, and with
        `engine="streaming"` where the whole record may be concerned.

        Args:
            since: first moment included.
            until: first moment left out.
            after_seq: the place in the order after which to begin.

        Raises:
            LedgerUnavailableError: the database cannot be reached.
            NotMigratedError: the database holds no ledger.
            MirrorFileMissingError: events that Postgres has let go of are in a file that is missing.
            MirrorUnavailableError: the mirror cannot be read.
        """
        narrowed = {
            "kinds": None if kinds is None else list(kinds),
            "since": since,
            "until": until,
            "team": team,
            "task_id": task_id,
        }
        with snapshot(self._url, tuple_row) as connection:
            return pl.concat(self._read(connection, (after_seq or 0, None), narrowed))

    def bodies(
        self, kinds: Sequence[str], since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """The whole events that match with their places in the ledger, in order, payloads included.

        Args:
            since: first moment included.
            until: first moment left out.

        Raises:
            LedgerUnavailableError, NotMigratedError: as `scan` does.
            MirrorFileMissingError, MirrorUnavailableError: as `scan` does.
        """
        narrowed = {"kinds": list(kinds), "since": since, "until": until, "team": None, "task_id": None}
        with snapshot(self._url, tuple_row) as connection:
            parts = self._read(connection, _EVERYTHING, narrowed, _BODIES)
        found = pl.concat(parts).collect(engine="streaming").sort("seq")
        for seq, body in found.iter_rows():
            yield seq, orjson.loads(body)

    def scan_spans(self, spans: Sequence[tuple[int, int]]) -> pl.LazyFrame:
        """The events in these spans of the order, first and last place included, as `scan` gives them.

        Args:
            spans: in order, sharing no place.

        Raises:
            LedgerUnavailableError, NotMigratedError: as `scan` does.
            MirrorFileMissingError, MirrorUnavailableError: as `scan` does.
        """
        nothing = dict.fromkeys(_CONDITIONS)
        with snapshot(self._url, tuple_row) as connection:
            parts = [
                part
                for first, last in spans
                for part in self._read(connection, (first - 1, last + 1), nothing)
            ]
        return pl.concat([pl.LazyFrame(schema=EVENT_FRAME), *parts])

    def mark(self) -> Mark | None:
        """Up to where the record is sealed and mirrored; None when nothing is.

        Raises:
            LedgerUnavailableError, NotMigratedError: as `scan` does.
        """
        with snapshot(self._url, tuple_row) as connection:
            cover = [] if self._mirror is None else mirror_cover(connection)
        return self._mark_at(cover[-1].end_index) if cover else None

    def holds(self, mark: Mark) -> bool:
        """Whether `mark` was made of this very record, and not of another one.

        Raises:
            LedgerUnavailableError, NotMigratedError: as `scan` does.
        """
        return self._mark_at(mark.tree_size) == mark

    def _mark_at(self, tree_size: int) -> Mark | None:
        with snapshot(self._url, dict_row) as connection:
            row = connection.execute(load("muster.ledger", "seal_at"), {"tree_size": tree_size}).fetchone()
        if row is None:
            return None
        seal = Seal.of(row)
        return Mark(seal.last_seq, seal.tree_size, seal.root_sha256.hex())

    def events(
        self,
        kinds: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        team: str | None = None,
        task_id: str | None = None,
    ) -> pl.DataFrame:
        """`scan` as a frame, for few events.

        Raises:
            LedgerUnavailableError, NotMigratedError: as `scan` does.
            MirrorFileMissingError, MirrorUnavailableError: as `scan` does.
        """
        return self.scan(kinds, since, until, team, task_id).collect(engine="streaming")

    def task_events(self, task_id: str) -> list[dict[str, Any]]:
        """The whole events of one task in the order of recording, payloads included; empty when unknown.

        Raises:
            LedgerUnavailableError, NotMigratedError: as `scan` does.
            MirrorFileMissingError, MirrorUnavailableError: as `scan` does.
        """
        return self.events_of([task_id])[task_id]

    def events_of(self, task_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The same of several tasks at once, by task, in the order asked for.

        Raises:
            LedgerUnavailableError, NotMigratedError: as `scan` does.
            MirrorFileMissingError, MirrorUnavailableError: as `scan` does.
        """
        wanted = list(dict.fromkeys(task_ids))
        with snapshot(self._url, tuple_row) as connection:
            rows = connection.execute(load("muster.ledger", "read_bodies"), {"task_ids": wanted})
            bodies = {seq: (task_id, body) for seq, task_id, body in rows}
            found = _by_task(wanted, bodies)
            cut = [task_id for task_id in wanted if not _begins(found[task_id])]
            older = self._detached_files(connection) if cut else []
        if not older:
            return found
        missing = pl.scan_parquet(older, glob=False).filter(pl.col("task_id").is_in(cut))
        rest = missing.select("seq", "task_id", "body").collect(engine="streaming")
        bodies |= {seq: (task_id, body) for seq, task_id, body in rest.iter_rows()}
        return _by_task(wanted, bodies)

    def _read(
        self,
        connection: psycopg.Connection,
        within: _Gap,
        narrowed: dict[str, Any],
        columns: Mapping[str, pl.DataType] = EVENT_FRAME,
    ) -> list[pl.LazyFrame]:
        """The events of that stretch of the order that match, part by part."""
        return [
            _sealed(part, within, narrowed, columns)
            if isinstance(part, list)
            else read_frame(connection, columns, after_seq=part[0], before_seq=part[1], **narrowed).lazy()
            for part in self._parts(connection, within)
        ]

    def _parts(
        self, connection: psycopg.Connection, within: _Gap = _EVERYTHING
    ) -> Iterator[list[Path] | _Gap]:
        """Runs of files that reach into that stretch and the gaps in it, in the order of their events."""
        files: list[Path] = []
        detached = [] if self._mirror is None else _detached(connection)
        end_index, last_seq = 0, 0
        for file, path in self._files(connection):
            if file.first_index != end_index:
                if files:
                    yield files
                yield from _gaps((last_seq, file.first_seq), within, detached)
                files = []
            if _reaches((file.first_seq - 1, file.last_seq + 1), within):
                files.append(path)
            end_index, last_seq = file.end_index, file.last_seq
        if files:
            yield files
        yield from _gaps((last_seq, None), within, detached)

    def _files(self, connection: psycopg.Connection) -> list[tuple[MirrorFile, Path]]:
        """The mirror files that are there, in order; they share no event."""
        mirror = self._mirror
        if mirror is None:
            return []
        found = ((file, mirror.at_hand(file)) for file in mirror_cover(connection))
        return [(file, path) for file, path in found if path is not None]

    def _detached_files(self, connection: psycopg.Connection) -> list[Path]:
        """The mirror files that hold events Postgres has let go of."""
        detached = [] if self._mirror is None else _detached(connection)
        if not detached:
            return []
        for _ in self._parts(connection):
            pass  # each gap is held against what was detached
        return [
            path
            for file, path in self._files(connection)
            if any(file.first_seq <= last and first <= file.last_seq for first, last in detached)
        ]


def _by_task(task_ids: Sequence[str], bodies: dict[int, tuple[str, str]]) -> dict[str, list[dict[str, Any]]]:
    """The parsed bodies of each task, in order."""
    found: dict[str, list[dict[str, Any]]] = {task_id: [] for task_id in task_ids}
    for _, (task_id, body) in sorted(bodies.items()):
        found[task_id].append(orjson.loads(body))
    return found


def _begins(events: list[dict[str, Any]]) -> bool:
    """Whether a task's first event is there."""
    return bool(events) and events[0]["kind"] == _BEGINNING


def _sealed(
    files: list[Path], within: _Gap, narrowed: dict[str, Any], columns: Mapping[str, pl.DataType]
) -> pl.LazyFrame:
    """The events of mirror files that match."""
    wanted = [
        compare(pl.col(column), narrowed[name])
        for name, (column, compare) in _CONDITIONS.items()
        if narrowed[name] is not None
    ]
    after, before = within
    if after:
        wanted.append(pl.col("seq") > after)
    if before is not None:
        wanted.append(pl.col("seq") < before)
    frame = scan_mirror(files)
    return (frame.filter(*wanted) if wanted else frame).select(*columns)


def _detached(connection: psycopg.Connection) -> list[tuple[int, int]]:
    """First and last place in the order of each month that Postgres has let go of."""
    return [(first, last) for first, last in connection.execute(load("muster.ledger", "detached_ranges"))]


def _reaches(stretch: _Gap, within: _Gap) -> bool:
    """Whether the two have a place in common."""
    after, before = _common(stretch, within)
    return before is None or before - after > 1


def _common(stretch: _Gap, within: _Gap) -> _Gap:
    ends = [before for before in (stretch[1], within[1]) if before is not None]
    return max(stretch[0], within[0]), min(ends, default=None)


def _gaps(gap: _Gap, within: _Gap, detached: list[tuple[int, int]]) -> Iterator[_Gap]:
    """What of `gap` is wanted, when Postgres still has all of it; nothing when nothing is."""
    if _reaches(gap, within):
        yield _attached(_common(gap, within), detached)


def _attached(gap: _Gap, detached: list[tuple[int, int]]) -> _Gap:
    """`gap`, when Postgres still has all of it."""
    after, before = gap
    for first, last in detached:
        if last > after and (before is None or first < before):
            raise MirrorFileMissingError(
                f"events up to {last} were detached, and the mirror's file of them is missing",
                where=f"events after {after}" if before is None else f"events {after + 1} to {before - 1}",
                do="restore the file from a backup of the mirror, or attach the month again",
                first_seq=first,
                last_seq=last,
            )
    return gap
