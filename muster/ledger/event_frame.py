"""Events as a frame: the columns figures are made of, read from Postgres by COPY."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import polars as pl
import psycopg
from psycopg import sql

from muster.ledger.sql import load

EVENT_FRAME: Final[dict[str, pl.DataType]] = {
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
    "attention_seconds": pl.Int64(),
    "context_rating": pl.Int64(),
    "role": pl.String(),
}
"""Columns of an event frame, one row an event in the order of recording; what an event lacks is null."""

MIRROR_FRAME: Final[dict[str, pl.DataType]] = {
    **EVENT_FRAME,
    "recorded_at": pl.Datetime("us", "UTC"),
    "run_seq": pl.Int64(),
    "chain_sha256": pl.Binary(),
    "body": pl.String(),
}
"""Columns of a mirror file: an event frame, and all that the event's leaf in the Merkle tree is made of."""

_EVENTS: Final = sql.SQL(load("muster.ledger", "read_events"))
EVERYTHING: Final[dict[str, Any]] = dict.fromkeys(
    ("after_seq", "before_seq", "kinds", "since", "until", "team", "task_id")
)
"""The parameters of `read_events.sql` when nothing is filtered."""
_PART_BYTES: Final = 192 << 20


def events_statement(columns: Mapping[str, pl.DataType]) -> sql.Composed:
    """The SELECT of these columns, with the parameters of `read_events.sql`."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("SELECT {} FROM ({}) AS event").format(names, _EVENTS)


def read_frames(
    connection: psycopg.Connection,
    columns: Mapping[str, pl.DataType],
    *,
    part_bytes: int = _PART_BYTES,
    **narrowed: Any,
) -> Iterator[pl.DataFrame]:
    """The events of Postgres that match, in order, in frames of about `part_bytes` of text each.

    Args:
        narrowed: parameters of `read_events.sql`.
    """
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(events_statement(columns))
    rows = BytesIO()
    with connection.cursor() as cursor, cursor.copy(statement, EVERYTHING | narrowed) as copy:
        for row in copy:
            rows.write(row)
            if rows.tell() >= part_bytes:
                yield _parsed(rows, columns)
                rows = BytesIO()
    if rows.tell():
        yield _parsed(rows, columns)


def read_frame(
    connection: psycopg.Connection, columns: Mapping[str, pl.DataType], **narrowed: Any
) -> pl.DataFrame:
    """The same as one frame."""
    frames = list(read_frames(connection, columns, **narrowed))
    return pl.concat(frames, rechunk=False) if frames else pl.DataFrame(schema=dict(columns))


def _parsed(rows: BytesIO, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Whole CSV rows as a frame; moments come as microseconds and bytes as hexadecimal digits."""
    moments = [name for name, kind in columns.items() if kind == pl.Datetime("us", "UTC")]
    binaries = [name for name, kind in columns.items() if kind == pl.Binary()]
    wire = dict(columns) | dict.fromkeys(moments, pl.Int64()) | dict.fromkeys(binaries, pl.String())
    rows.seek(0)
    frame = pl.read_csv(rows, has_header=False, schema=wire)
    return frame.with_columns(
        *(pl.col(name).cast(columns[name]) for name in moments),
        *(pl.col(name).str.decode("hex") for name in binaries),
    )
