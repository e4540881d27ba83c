"""Reads the record for analysis: frames for Polars, whole bodies for a trace. It cannot write."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import adbc_driver_manager
import adbc_driver_postgresql.dbapi
import orjson
import polars as pl
import psycopg

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.record import timestamp
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
        """
        parameters = (
            None if kinds is None else ",".join(kinds),
            None if since is None else timestamp(since),
            None if until is None else timestamp(until),
            team,
            task_id,
        )
        separator = "&" if "?" in self._url else "?"
        uri = f"{self._url}{separator}options={quote(_READER_ROLE)}"
        try:
            with (
                adbc_driver_postgresql.dbapi.connect(uri) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute(load("muster.ledger", "read_events"), parameters)
                table = cursor.fetch_arrow_table()
        except adbc_driver_manager.OperationalError as error:
            raise LedgerUnavailableError.because(error) from error
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame.select(pl.col(name).cast(dtype) for name, dtype in EVENT_FRAME.items())

    def task_events(self, task_id: str) -> list[dict[str, Any]]:
        """The whole events of one task in the order of recording, payloads included; empty when unknown.

        Raises:
            LedgerUnavailableError: the database cannot be reached.
        """
        try:
            with psycopg.connect(self._url, options=_READER_ROLE) as connection:
                rows = connection.execute(
                    load("muster.ledger", "read_bodies"), {"task_id": task_id}
                ).fetchall()
        except psycopg.OperationalError as error:
            raise LedgerUnavailableError.because(error) from error
        return [orjson.loads(body) for (body,) in rows]
