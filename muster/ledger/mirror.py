"""Mirrors what is sealed to Parquet, so that figures need not ask the database for what can no longer change.

Mirroring may lag behind sealing and be cut short at any moment: whoever mirrors next makes up for it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final, LiteralString

import psycopg
from psycopg.rows import dict_row

from muster.core.clock import Clock
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.head import Seal
from muster.ledger.mirror_file import MirrorFile, Sign, mirror_cover, named_range
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.mirror_writer import MirrorWriter
from muster.ledger.sql import load

GRACE: Final = timedelta(hours=1)
"""How long small files stay beside the large one, for readers that have already chosen them."""


def mirror_sealed(url: str, store: MirrorStore, sign: Sign, clock: Clock) -> list[MirrorFile]:
    """Mirror every seal that is not mirrored yet; gives the new files, none while another process is at it.

    A seal of today gets a file of its own; those a finished day left behind get one together.

    Args:
        url: of the database, where it signs in as the writer.
        sign: with the ledger's key, such as `SigningKey.sign`.

    Raises:
        MirrorIncompleteError: Postgres has not just the events that were sealed.
        MirrorUnavailableError: the mirror cannot be written to; files written before are recorded.
        LedgerUnavailableError: the database is away.
    """
    with _alone(url, store) as connection:
        if connection is None:
            return []
        writer = MirrorWriter(connection, store, sign, clock)
        left = _seals(connection, load("muster.ledger", "unmirrored_seals"))
        return [writer.from_postgres(sealed) for sealed in _by_day(left, _today(clock))]


def compact_mirror(url: str, store: MirrorStore, sign: Sign, clock: Clock) -> list[MirrorFile]:
    """Put the files of each finished day (UTC) together into one; gives the new files.

    A small file is removed by a later call, when the one that took its place is recorded, there, and older
    than `GRACE`.

    Raises:
        MirrorIncompleteError: a file is missing or changed, and Postgres no longer has its events.
        MirrorUnavailableError: the mirror cannot be written to.
        LedgerUnavailableError: the database is away.
    """
    with _alone(url, store) as connection:
        if connection is None:
            return []
        writer = MirrorWriter(connection, store, sign, clock)
        cover = mirror_cover(connection)
        _remove_replaced(store, cover, clock.now())
        return [
            writer.from_files(files, sealed) for files, sealed in _finished_days(connection, cover, clock)
        ]


@contextmanager
def _alone(url: str, store: MirrorStore) -> Iterator[psycopg.Connection | None]:
    """A connection that keeps every other mirroring process out; None when there is one at work."""
    try:
        with psycopg.connect(url, options="-c role=muster_writer", autocommit=True) as connection:
            row = connection.execute(load("muster.ledger", "hold_mirror")).fetchone()
            held = row is not None and bool(row[0])
            if held:
                store.clear_drafts()
            yield connection if held else None
    except psycopg.OperationalError as error:
        raise LedgerUnavailableError.because(error) from error


def _seals(connection: psycopg.Connection, statement: LiteralString, sizes: Sequence[int] = ()) -> list[Seal]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, {"sizes": list(sizes)}).fetchall()
    return [Seal.of(row) for row in rows]


def _by_day(seals: Sequence[Seal], today: date) -> Iterator[Seal]:
    """The ranges to mirror as one file each."""
    for day, group in groupby(seals, _day):
        of_day = list(group)
        if day < today:
            yield _together(of_day[0].first_index, of_day[0].first_seq, of_day[-1])
        else:
            yield from of_day


def _finished_days(
    connection: psycopg.Connection, cover: Sequence[MirrorFile], clock: Clock
) -> Iterator[tuple[list[MirrorFile], Seal]]:
    """The files of each day before today that has more than one, and the range they hold together."""
    sizes = [file.end_index for file in cover]
    last_seals = {
        seal.tree_size: seal for seal in _seals(connection, load("muster.ledger", "mirrored_seals"), sizes)
    }
    known = [file for file in cover if file.end_index in last_seals]
    for day, group in groupby(known, lambda file: _day(last_seals[file.end_index])):
        files = list(group)
        if day < _today(clock) and len(files) > 1:
            last = last_seals[files[-1].end_index]
            yield files, _together(files[0].first_index, files[0].first_seq, last)


def _remove_replaced(store: MirrorStore, cover: Sequence[MirrorFile], now: datetime) -> None:
    """Remove files whose events another file has for good, and those nobody ever recorded."""
    settled = [file for file in cover if file.written_at < now - GRACE and store.at_hand(file) is not None]
    kept = {file.path for file in cover}
    for name in store.names():
        span = named_range(name)
        if name in kept or span is None:
            continue
        if any(file.first_index <= span[0] and span[1] <= file.end_index for file in settled):
            store.remove(name)


def _together(first_index: int, first_seq: int, last: Seal) -> Seal:
    """What several seals cover, as if the last one had sealed it all."""
    return replace(last, first_index=first_index, first_seq=first_seq)


def _day(seal: Seal) -> date:
    return seal.sealed_at.astimezone(UTC).date()


def _today(clock: Clock) -> date:
    return clock.now().astimezone(UTC).date()
