"""Reads rows in order from the one snapshot: events one ahead, nodes of the stored tree in runs."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, LiteralString

from psycopg import AsyncConnection, AsyncServerCursor
from psycopg.rows import TupleRow, tuple_row

from muster.ledger.sql import load
from muster.ledger.verify.align import ABSENT

HASH_BYTES = 32

_numbers = itertools.count()


class Rows:
    """The rows of a statement in order, with a look at the next one."""

    def __init__(self, cursor: AsyncServerCursor[TupleRow], batch: int) -> None:
        self._cursor = cursor
        self._batch = batch
        self._read: list[TupleRow] = []
        self._at = 0
        self._ended = False

    @classmethod
    @asynccontextmanager
    async def of(
        cls,
        connection: AsyncConnection[Any],
        statement: LiteralString,
        parameters: dict[str, Any] | None = None,
        batch: int = 500,
    ) -> "AsyncIterator[Rows]":
        """The rows of `muster/ledger/sql/<statement>.sql`, read in batches by a cursor on the server."""
        async with connection.cursor(f"{statement}_{next(_numbers)}", row_factory=tuple_row) as cursor:
            await cursor.execute(load("muster.ledger", statement), parameters, binary=True)
            yield cls(cursor, batch)

    async def peek(self) -> TupleRow | None:
        """The next row, which stays; nothing at the end."""
        if self._at == len(self._read) and not self._ended:
            self._read, self._at = await self._cursor.fetchmany(self._batch), 0
            self._ended = not self._read
        return None if self._ended else self._read[self._at]

    async def take(self) -> TupleRow | None:
        """The next row; nothing at the end."""
        row = await self.peek()
        self._at += row is not None
        return row


class Nodes:
    """The hashes of one level of the stored tree, in order; a node that is not stored comes as `ABSENT`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._next = 0
        self._left = b""
        self.ended = False
        """Whether more was asked for than is stored."""

    async def take(self, count: int) -> list[bytes]:
        """The next `count` nodes."""
        got: list[bytes] = []
        while len(got) < count:
            if not self._left and not await self._fill():
                got += [ABSENT] * (count - len(got))
                self.ended = True
                break
            wanted = HASH_BYTES * (count - len(got))
            piece, self._left = self._left[:wanted], self._left[wanted:]
            got += [piece[at : at + HASH_BYTES] for at in range(0, len(piece), HASH_BYTES)]
        return got

    async def _fill(self) -> bool:
        """Take in the next row, with `ABSENT` where rows before it are missing."""
        while not self._left:
            row = await self._rows.take()
            if row is None:
                return False
            first_node, hashes = row
            missing = first_node - self._next
            overlap = max(-missing, 0)
            self._left = ABSENT * max(missing, 0) + hashes[overlap * HASH_BYTES :]
            self._next = max(self._next, first_node + len(hashes) // HASH_BYTES)
        return True
