"""Lands many recorded events at once: by COPY, chained like any others, one commit a batch."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
import psycopg
from psycopg import AsyncConnection

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.sql import load

_LOADER_ROLE = "-c role=muster_loader"
_TYPES = ("text",) * 4 + ("int4",) + ("text",) * 4 + ("timestamptz", "numeric", "text", "bytea")

Record = dict[str, Any]
"""An event's columns, as `muster.ledger.record.row` makes them."""
_Head = tuple[int, bytes, bytes]
"""Place in the run, hash of its chain so far, hash of its last body."""


async def land_events(url: str, records: Iterable[Record], *, batch: int = 50_000) -> int:
    """Append records in their order, `batch` of them a commit, and give their number.

    For moving a record into a ledger: gates, budgets and intents are not asked, what happened has happened.

    Raises:
        LedgerUnavailableError: the database is away; batches that were committed stay.
        psycopg.Error: a run was written by somebody else meanwhile; the batch was not landed.
    """
    landed = 0
    try:
        async with await AsyncConnection.connect(url, options=_LOADER_ROLE) as connection:
            for part in _batches(records, batch):
                async with connection.transaction():
                    await _land(connection, part)
                landed += len(part)
    except psycopg.OperationalError as error:
        raise LedgerUnavailableError.because(error) from error
    return landed


def _batches(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    left = iter(records)
    while part := list(islice(left, size)):
        yield part


async def _land(connection: AsyncConnection[Any], records: Sequence[Record]) -> None:
    await connection.execute(load("muster.ledger", "ensure_present_month"))
    runs = list({record["run_id"] for record in records if record["run_id"] is not None})
    cursor = await connection.execute(load("muster.ledger", "hold_heads"), {"runs": runs})
    heads: dict[str, _Head] = {
        run_id: (place, chain, b"") for run_id, place, chain in await cursor.fetchall()
    }
    sha256 = hashlib.sha256
    async with connection.cursor() as copying, copying.copy(load("muster.ledger", "copy_events")) as copy:
        copy.set_types(_TYPES)
        for record in records:
            run_id = record["run_id"]
            place: int | None = None
            chain: bytes | None = None
            if run_id is not None:
                before = heads.get(run_id)
                link = sha256(record["body"].encode()).digest()
                place, chain = (
                    (1, sha256(link).digest())
                    if before is None
                    else (before[0] + 1, sha256(before[1] + link).digest())
                )
                heads[run_id] = (place, chain, link)
            await copy.write_row(
                (
                    record["event_id"],
                    record["kind"],
                    record["task_id"],
                    run_id,
                    place,
                    record["team"],
                    record["agent"],
                    record["actor"],
                    record["model_source"],
                    record["happened_at"],
                    record["cost_usd"],
                    record["body"],
                    chain,
                )
            )
    moved = [
        {"run_id": run_id, "run_seq": place, "chain_sha256": chain.hex(), "body_sha256": link.hex()}
        for run_id, (place, chain, link) in heads.items()
        if link
    ]
    await connection.execute(load("muster.ledger", "move_heads"), {"heads": orjson.dumps(moved).decode()})
