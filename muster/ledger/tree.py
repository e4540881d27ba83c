"""The Merkle tree as the database keeps it: leaves, and every eighth level above them.

The levels between are not kept: a node of one is made from at most 128 of the kept level below it.
"""

from collections.abc import Iterable
from typing import Any, LiteralString, Protocol

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from muster.core.errors import PlatformError
from muster.ledger.merkle import Frontier, Node, cover, root_of
from muster.ledger.sql import load

KEPT_LEVELS = (0, 8, 16, 24)
HASH_BYTES = 32

_SPANS = load("muster.ledger", "tree_spans")
_INSERT = load("muster.ledger", "insert_tree")


class TreeDamagedError(PlatformError):
    """The tree kept in the database is not the one that was sealed."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            where="ledger.tree",
            do="run `muster ledger verify`, then restore the database from a backup that passes it",
        )


class Fetch(Protocol):
    """Gives the rows of a reading statement."""

    async def __call__(
        self, statement: LiteralString, parameters: dict[str, Any] | None = None
    ) -> list[DictRow]: ...


def fetch_on(connection: AsyncConnection[DictRow]) -> Fetch:
    """Reads inside the transaction `connection` is in."""

    async def fetch(statement: LiteralString, parameters: dict[str, Any] | None = None) -> list[DictRow]:
        return await (await connection.execute(statement, parameters)).fetchall()

    return fetch


async def read_nodes(fetch: Fetch, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """The hashes of complete subtrees.

    Raises:
        TreeDamagedError: the tree does not hold all of them.
        LedgerUnavailableError: the database is away.
    """
    spans = {node: _span(node) for node in nodes}
    wanted = sorted(set(spans.values()))
    rows = await fetch(
        _SPANS,
        {
            "levels": [level for level, _, _ in wanted],
            "firsts": [first for _, first, _ in wanted],
            "ends": [end for _, _, end in wanted],
        },
    )
    found = {(row["level"], row["first_node"], row["end_node"]): row["hashes"] for row in rows}
    read = {}
    for node, (level, first, end) in spans.items():
        hashes = found.get((level, first, end), b"")
        if len(hashes) != (end - first) * HASH_BYTES:
            raise TreeDamagedError(f"of level {level} not all nodes from {first} to {end - 1} are there")
        read[node] = root_of(_split(hashes))
    return read


async def read_frontier(fetch: Fetch, size: int) -> Frontier:
    """The tree's first `size` leaves, ready to be extended.

    Raises:
        TreeDamagedError: the tree does not hold that many.
        LedgerUnavailableError: the database is away.
    """
    nodes = cover(0, size)
    read = await read_nodes(fetch, nodes)
    return Frontier(size, [read[node] for node in nodes])


async def find_leaf(fetch: Fetch, leaf: bytes, start: int, end: int) -> int | None:
    """The index of `leaf` among the leaves from `start` to `end` (exclusive).

    Raises:
        TreeDamagedError: the tree does not hold these leaves.
        LedgerUnavailableError: the database is away.
    """
    rows = await fetch(_SPANS, {"levels": [0], "firsts": [start], "ends": [end]})
    hashes: bytes = rows[0]["hashes"] if rows else b""
    if len(hashes) != (end - start) * HASH_BYTES:
        raise TreeDamagedError(f"not all leaves from {start} to {end - 1} are there")
    at = hashes.find(leaf)
    while at % HASH_BYTES and at != -1:
        at = hashes.find(leaf, at + 1)
    return None if at == -1 else start + at // HASH_BYTES


async def insert_nodes(
    connection: AsyncConnection[DictRow], size_before: int, complete: dict[int, list[bytes]]
) -> None:
    """Keep the nodes that became complete when the tree of `size_before` leaves grew.

    Args:
        complete: as `Frontier.extend` gives them for `KEPT_LEVELS`.
    """
    for level, hashes in complete.items():
        if hashes:
            fragment = {"level": level, "first_node": size_before >> level, "hashes": b"".join(hashes)}
            await connection.execute(_INSERT, fragment, binary=True)


def _span(node: Node) -> tuple[int, int, int]:
    """Of the nearest kept level at or below `node`: level, first node and end of what makes it."""
    level = max(kept for kept in KEPT_LEVELS if kept <= node.level)
    shift = node.level - level
    return level, node.number << shift, (node.number + 1) << shift


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
