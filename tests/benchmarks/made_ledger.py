"""A whole made-up record in a moment: its past as mirror files with seals, its end in Postgres alone.

The seals stand for nothing: figures are read from it, and nothing is verified.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl
import psycopg

from muster.ledger.mirror_file import MirrorFile, sha256_of
from muster.ledger.schema import migrate
from muster.ledger.sql import load
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from tests.benchmarks.made_events import event_frames

EVENTS_A_TASK: Final = 20.35
"""About, in the long run; see `made_events`."""
_COLUMNS: Final = (
    *("seq", "event_id", "kind", "task_id", "run_id", "run_seq", "team", "agent", "actor", "model_source"),
    *("happened_at", "recorded_at", "cost_usd", "body", "chain_sha256"),
)
_COPY: Final = f"COPY ledger.events ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT csv)"
_SEAL: Final = """
INSERT INTO ledger.seals
    (tree_size, first_index, first_seq, last_seq, root_sha256, key_id, checkpoint, sealed_at)
VALUES (%(size)s, %(first_index)s, %(first_seq)s, %(last_seq)s, %(root)s, '00000000', '', now())
"""


@dataclass(frozen=True, slots=True)
class MadeLedger:
    """A record and the home beside it."""

    postgres: EmbeddedPostgres
    database: str
    home: Path
    news: pl.DataFrame
    """Events that are not in it yet; `add` puts them in."""

    @property
    def url(self) -> str:
        return self.postgres.url(self.database)

    @property
    def environment(self) -> dict[str, str]:
        """What a program of muster needs to find it."""
        return {"MUSTER_DATABASE_URL": self.url, "MUSTER_HOME": str(self.home)}

    def add(self, events: pl.DataFrame) -> None:
        """Put events into Postgres, past the door."""
        with psycopg.connect(self.postgres.superuser_url(self.database)) as connection:
            copy_events(connection, events)


@contextmanager
def made_ledger(
    events: int, *, days: float = 90, tail: int = 3_000, news: int = 2_000
) -> Iterator[MadeLedger]:
    """A record of so many events over so many days up to now; gone at the end of the block.

    Args:
        tail: of these, the newest that are in Postgres alone, as between two seals.
        news: further events, for later.
    """
    with TemporaryDirectory(prefix="muster-made-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "pg", free_port(), durable=False).running() as postgres:
            migrate(postgres.url())
            home = folder / "home"
            rest = _fill(postgres, home / "ledger" / "mirror", events - tail, tail + news, days)
            made = MadeLedger(postgres, "muster", home, rest[tail:])
            made.add(rest[:tail])
            yield made


def _fill(postgres: EmbeddedPostgres, mirror: Path, sealed: int, rest: int, days: float) -> pl.DataFrame:
    """Mirror files of the first events with their rows in the database; gives the events after them."""
    mirror.mkdir(parents=True)
    every_ms = round(days * 86_400_000 / ((sealed + rest) / EVENTS_A_TASK))
    begin = datetime.now(UTC) - timedelta(days=days)
    parts: list[pl.DataFrame] = []
    with psycopg.connect(postgres.superuser_url("muster")) as connection:
        connection.execute("SET session_replication_role = replica")
        for frame in event_frames(sealed + rest, begin=begin, every_ms=every_ms):
            past = frame.filter(pl.col("seq") <= sealed)
            if not past.is_empty():
                _mirrored(connection, mirror, past)
            parts.append(frame.filter(pl.col("seq") > sealed))
    return pl.concat(parts)


def _mirrored(connection: psycopg.Connection, mirror: Path, frame: pl.DataFrame) -> None:
    first, last = frame["seq"][0], frame["seq"][-1]
    draft = mirror / "draft.parquet"
    frame.write_parquet(draft)
    sha256 = sha256_of(draft)
    path = f"events-{first - 1:012d}-{last:012d}-{sha256[:16]}.parquet"
    file = MirrorFile(
        path=path,
        first_index=first - 1,
        end_index=last,
        first_seq=first,
        last_seq=last,
        events=frame.height,
        sha256=sha256,
        size_bytes=draft.stat().st_size,
        note="",
        written_at=datetime.now(UTC),
    )
    draft.rename(mirror / path)
    root = hashlib.sha256(f"root of {last}".encode()).digest()
    span = {"size": last, "first_index": first - 1, "first_seq": first, "last_seq": last, "root": root}
    connection.execute(_SEAL, span)
    connection.execute(load("muster.ledger", "insert_mirror_file"), asdict(file))


def copy_events(connection: psycopg.Connection, frame: pl.DataFrame) -> None:
    """Put the events of a mirror frame into the table, past the door."""
    for month in frame["recorded_at"].dt.month_start().dt.date().unique():
        connection.execute("SELECT ledger.ensure_month(%s)", [month])
    chain = pl.lit("\\x") + pl.col("chain_sha256").bin.encode("hex")
    rows = io.BytesIO()
    frame.select(_COLUMNS).with_columns(chain_sha256=chain).write_csv(rows, include_header=False)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(rows.getvalue())
