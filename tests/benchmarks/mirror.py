"""Mirroring a seal to Parquet, against Polars writing the same frame with the same compression.

Run: `.venv/bin/python -m tests.benchmarks.mirror [--events 200000] [--rounds 5] [--json]`. Ours is more than
the writing: checksum, fsync, rename, signature and the row in the database. With reading the events out of
Postgres, for which there is no baseline, it is printed too.
"""

import argparse
import io
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import psycopg

from muster.core.clock import SystemClock
from muster.ledger.event_frame import MIRROR_FRAME, read_frame
from muster.ledger.head import Seal
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.mirror_writer import MirrorWriter
from muster.ledger.notes import SigningKey
from muster.ledger.schema import migrate
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from tests.benchmarks.made_events import event_frames
from tests.benchmarks.measure import Comparison, report

_COLUMNS = (
    *("seq", "event_id", "kind", "task_id", "run_id", "run_seq", "team", "agent", "actor", "model_source"),
    *("happened_at", "recorded_at", "cost_usd", "body", "chain_sha256"),
)
_COPY = f"COPY ledger.events ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT csv)"


def fill(url: str, events: int) -> None:
    """Put events into the table, past the door: only reading them is measured."""
    with psycopg.connect(url) as connection:
        for frame in event_frames(events):
            for month in frame["recorded_at"].dt.month_start().dt.date().unique():
                connection.execute("SELECT ledger.ensure_month(%s)", [month])
            chain = pl.lit("\\x") + pl.col("chain_sha256").bin.encode("hex")
            rows = io.BytesIO()
            frame.select(_COLUMNS).with_columns(chain_sha256=chain).write_csv(rows, include_header=False)
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                copy.write(rows.getvalue())


def place(name: str) -> Path:
    """The folder, open to the server's own user."""
    folder = Path(name)
    folder.chmod(0o755)
    return folder


def seal_of(events: int) -> Seal:
    """A seal over all of them; its root is not looked at here."""
    return Seal(events, 0, 1, events, bytes(32), "00000000", "a checkpoint\n", datetime.now(UTC))


def seconds(act: Callable[[], object]) -> float:
    """How long `act` takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    seal = seal_of(given.events)
    speed = Comparison("mirror a seal", "Polars write_parquet", "events/s", "higher", 0.6)
    whole = []
    with (
        TemporaryDirectory() as name,
        EmbeddedPostgres(place(name) / "pg", free_port()).running() as postgres,
    ):
        url = postgres.url("muster")
        migrate(url)
        fill(postgres.superuser_url("muster"), given.events)
        store = MirrorStore(str(Path(name) / "mirror"), Path(name) / "cache")
        sign = SigningKey.generate("bench.example/ledger").sign
        with psycopg.connect(url, options="-c role=muster_writer", autocommit=True) as connection:
            writer = MirrorWriter(connection, store, sign, SystemClock())
            frame = read_frame(connection, MIRROR_FRAME)
            plain = Path(name) / "plain.parquet"
            for _ in range(given.rounds):
                speed.theirs.append(
                    given.events / seconds(lambda: frame.write_parquet(plain, compression="zstd"))
                )
                speed.ours.append(given.events / seconds(lambda: writer.write([frame], seal)))
                whole.append(given.events / seconds(lambda: writer.from_postgres(seal)))
    report(
        [speed],
        as_json=given.json,
        events=given.events,
        cores=os.cpu_count(),
        with_reading_from_postgres=f"{statistics.median(whole):,.0f} events/s",
    )


if __name__ == "__main__":
    main()
