"""Reads the record for analysis: frames for Polars, whole bodies for a trace. It cannot write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any

import orjson
import polars as pl
import psycopg

from muster.ledger.errors import LedgerUnavailableError, NotMigratedError
from muster.ledger.sql import load

_READER_ROLE = "-c role=muster_reader"

EVENT_FRAME: dict[str, pl.DataType] = {
    "seq": pl.Int64(),
    "event_id": pl.String(),
    "kind": pl.String(),
    "task_id": pl.String(),
    "run_id": pl.String(),
    "team": pl.String(),
    "agent": pl.String(),
    "actor": pl.String(),
    "model_source": pl.String(),
    "happened_at": pl.Datetime("us", "UTC"),
    "cost_usd": pl.Decimal(18, 6),
    "status": pl.String(),
    "reason": pl.String(),
    "subject": pl.String(),
    "priority": pl.String(),
    "input_tokens": pl.Int64(),
    "output_tokens": pl.Int64(),
    "cache_read_tokens": pl.Int64(),
    "cache_write_tokens": pl.Int64(),
    "latency_ms": pl.Int64(),
    "confidence": pl.Float64(),
    "title": pl.String(),
}
"""Columns of an event frame, one row an event in the order of recording; what an event lacks is null."""


class LedgerReader:
    """A read-only view of the record at a database URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    def events(
        self,
        kinds: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        team: str | None = None,
        task_id: str | None = None,
    ) -> pl.DataFrame:
        """The events that match, as an `EVENT_FRAME`.

        Args:
            since: first moment included.
            until: first moment left out.

        Raises:
            LedgerUnavailableError: the database cannot be reached.
            NotMigratedError: the database holds no ledger.
        """
        parameters = {
            "kinds": None if kinds is None else list(kinds),
            "since": since,
            "until": until,
            "team": team,
            "task_id": task_id,
        }
        rows = BytesIO()
        with (
            self._connection() as connection,
            connection.cursor() as cursor,
            cursor.copy(load("muster.ledger", "read_events"), parameters) as copy,
        ):
            for part in copy:
                rows.write(part)
        rows.seek(0)
        if not rows.getbuffer().nbytes:
            return pl.DataFrame(schema=EVENT_FRAME)
        wire = {name: pl.Int64() if name == "happened_at" else kind for name, kind in EVENT_FRAME.items()}
        frame = pl.read_csv(rows, has_header=False, schema=wire)
        return frame.cast({"happened_at": EVENT_FRAME["happened_at"]})

    def task_events(self, task_id: str) -> list[dict[str, Any]]:
        """The whole events of one task in the order of recording, payloads included; empty when unknown.

        Raises:
            LedgerUnavailableError: the database cannot be reached.
            NotMigratedError: the database holds no ledger.
        """
        with self._connection() as connection:
            rows = connection.execute(load("muster.ledger", "read_bodies"), {"task_id": task_id}).fetchall()
        return [orjson.loads(body) for (body,) in rows]

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        try:
            with psycopg.connect(self._url, options=_READER_ROLE) as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise LedgerUnavailableError.because(error) from error
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise NotMigratedError(
                "the database has no ledger yet",
                do="start muster once (`make up`), or: muster ledger migrate",
            ) from error
