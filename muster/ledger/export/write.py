"""Writes all of a ledger into one archive, to be checked without it, without a network and without us."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, LiteralString

import orjson
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from muster.ledger.export import layout
from muster.ledger.export.archive import ArchiveWriter, ExportFailedError
from muster.ledger.export.placing import StoredLeaves
from muster.ledger.leaf import leaf_hash
from muster.ledger.postgres import PostgresLedger
from muster.ledger.record import timestamp
from muster.ledger.sql import load
from muster.ledger.verify.stored import Nodes, Rows
from muster.ledger.verify.verdict import Told

_TOLD_EVERY = 10_000


@dataclass(frozen=True)
class Export:
    """An archive that was written."""

    path: str
    sha256: str
    """Of the archive itself, in hexadecimal."""
    size_bytes: int
    events: int
    unsealed: int
    seals: int
    tree_size: int
    root_sha256: str | None


async def export_ledger(
    ledger: PostgresLedger,
    path: Path,
    *,
    chunk_leaves: int = layout.CHUNK_LEAVES,
    told: Told | None = None,
) -> Export:
    """Write the record as it stands at one moment to `path`, which appears when it is whole.

    What is wrong with the record is exported as it is: checking the archive finds it.

    Args:
        chunk_leaves: a power of two.

    Raises:
        LedgerUnavailableError: the database is away; nothing is left at `path`.
        ExportFailedError: the archive cannot be written there.
    """
    try:
        async with ledger.transaction() as transaction:
            await transaction.connection.execute(load("muster.ledger", "snapshot"))
            with ArchiveWriter(path, ledger.clock.now(), chunk_leaves) as archive:
                writing = _Writing(transaction.connection, archive, told or (lambda *_: None))
                return await writing.all(timestamp(ledger.clock.now()))
    except OSError as error:
        raise ExportFailedError(
            f"the export cannot be written: {error.strerror}", where=str(path), do="give another --out"
        ) from error


class _Writing:
    """One export, inside a transaction that sees one moment."""

    def __init__(self, connection: AsyncConnection[DictRow], archive: ArchiveWriter, told: Told) -> None:
        self._connection = connection
        self._archive = archive
        self._told = told
        self._events = self._unsealed = self._seals = self._total = 0
        self._newest: dict[str, Any] = {}

    async def all(self, made_at: str) -> Export:
        [totals] = await self._rows("export_totals")
        self._total = totals["events"]
        self._archive.put(layout.README, _packaged(layout.README))
        self._archive.put(layout.CHECK, _packaged(layout.CHECK))
        keys = await self._rows("verify_keys")
        self._archive.put(layout.KEYS, _json([{n: key[n] for n in ("vkey", "endorsement")} for key in keys]))
        await self._write_seals()
        await self._write_stamps()
        await self._write_events(min(totals["tree_size"], totals["leaves"]))
        if self._newest:
            self._archive.put(layout.CHECKPOINT, self._newest["checkpoint"].encode())
        summary = await self._summary(totals["tree_size"], made_at)
        self._archive.put(layout.SUMMARY, _json(summary))
        digest = self._archive.close()
        return Export(
            path=str(self._archive.path),
            sha256=digest,
            size_bytes=self._archive.path.stat().st_size,
            **{name: summary[name] for name in ("events", "unsealed", "seals", "tree_size", "root_sha256")},
        )

    async def _summary(self, tree_size: int, made_at: str) -> dict[str, Any]:
        months = await self._rows("verify_detached")
        return {
            "format": layout.FORMAT,
            "made_at": made_at,
            "tree_size": tree_size,
            "root_sha256": self._newest.get("root_sha256"),
            "seals": self._seals,
            "events": self._events,
            "unsealed": self._unsealed,
            "chunk_leaves": self._archive.chunk_leaves,
            "chunks": self._archive.chunks,
            "detached_months": [{**month, "month": month["month"].isoformat()} for month in months],
        }

    async def _write_seals(self) -> None:
        with self._archive.member(layout.SEALS) as file:
            async for row in self._stream("export_seals"):
                self._newest = {**row, "root_sha256": row["root_sha256"].hex()}
                self._seals += 1
                file.write(orjson.dumps(self._newest, option=orjson.OPT_APPEND_NEWLINE))

    async def _write_stamps(self) -> None:
        async for row in self._stream("export_stamps"):
            self._archive.put(layout.stamp_of(row["tree_size"]), row["token"])

    async def _write_events(self, leaves: int) -> None:
        async with (
            Rows.of(self._connection, "export_events") as events,
            Rows.of(self._connection, "verify_nodes", {"level": 0}, batch=8) as nodes,
            Rows.of(self._connection, "export_seals") as seals,
        ):
            stored = StoredLeaves(Nodes(nodes), leaves, self._archive.chunk_leaves, self._archive.chunk)
            while (seal := await seals.take()) is not None:
                tree_size, first_index, _, last_seq = seal[:4]
                await stored.begin(first_index, tree_size)
                while (row := await events.peek()) is not None and row[0] <= last_seq:
                    seq, at, _, chain, body = row
                    stored.place(leaf_hash(seq, at, sha256(body).digest(), chain))
                    self._archive.event(*row)
                    await events.take()
                    self._count()
            await stored.end()
            while (row := await events.take()) is not None:
                self._archive.unsealed(*row)
                self._unsealed += 1
                self._count()
        self._told("events", self._events, max(self._total, self._events))

    def _count(self) -> None:
        self._events += 1
        if self._events % _TOLD_EVERY == 0:
            self._told("events", self._events, self._total)

    async def _rows(self, statement: LiteralString) -> list[DictRow]:
        cursor = await self._connection.execute(load("muster.ledger", statement))
        return await cursor.fetchall()

    async def _stream(self, statement: LiteralString) -> AsyncIterator[DictRow]:
        async with self._connection.cursor(f"stream_{statement}") as cursor:
            await cursor.execute(load("muster.ledger", statement))
            async for row in cursor:
                yield row


def _packaged(name: str) -> bytes:
    return files("muster.ledger.export").joinpath("archive_files", name).read_bytes()


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
