"""The newest seal, held against the checkpoint that this machine keeps outside the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from psycopg.rows import DictRow

from muster.ledger.home import LedgerHome, read_witness
from muster.ledger.merkle import EMPTY_ROOT, Frontier, root_at, root_nodes
from muster.ledger.notes import Checkpoint, NoteError, VerifierKey, open_checkpoint
from muster.ledger.seal_errors import DatabaseBehindError, DatabaseForkedError, SealDamagedError
from muster.ledger.sql import load
from muster.ledger.tree import Fetch, TreeDamagedError, read_frontier, read_nodes

_LAST = load("muster.ledger", "last_seal")
_AT = load("muster.ledger", "seal_at")
_OF = load("muster.ledger", "seal_of")


@dataclass(frozen=True)
class Seal:
    """A row of `ledger.seals`: the events `first_seq` to `last_seq`, leaves `first_index` to `tree_size`."""

    tree_size: int
    """Leaves after this seal."""
    first_index: int
    first_seq: int
    last_seq: int
    root_sha256: bytes
    key_id: str
    checkpoint: str
    """The signed note."""
    sealed_at: datetime

    @property
    def events(self) -> int:
        return self.tree_size - self.first_index

    @classmethod
    def of(cls, row: DictRow) -> Self:
        return cls(**{**row, "root_sha256": bytes(row["root_sha256"])})


async def last_seal(fetch: Fetch) -> Seal | None:
    """The newest seal, not checked; None before the first.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await fetch(_LAST)
    return Seal.of(rows[0]) if rows else None


async def seal_at(fetch: Fetch, tree_size: int) -> Seal | None:
    """The seal after which the tree had `tree_size` leaves, not checked.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await fetch(_AT, {"tree_size": tree_size})
    return Seal.of(rows[0]) if rows else None


async def seal_of(fetch: Fetch, seq: int) -> Seal | None:
    """The seal that covers the event with this `seq`, not checked; None when it is not sealed yet.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await fetch(_OF, {"seq": seq})
    return Seal.of(rows[0]) if rows else None


def opened_seal(seal: Seal, keys: Sequence[VerifierKey]) -> Checkpoint:
    """The checkpoint of a seal, its signature and the columns beside it checked.

    Raises:
        SealDamagedError: it is not signed by one of `keys`, or a column says something else.
    """
    try:
        checkpoint = open_checkpoint(seal.checkpoint, keys)
    except NoteError as error:
        raise SealDamagedError(f"the seal at {seal.tree_size} is not genuine: {error}") from error
    if (checkpoint.size, checkpoint.root) != (seal.tree_size, seal.root_sha256):
        raise SealDamagedError(f"the seal at {seal.tree_size} says something else than its checkpoint")
    return checkpoint


@dataclass(frozen=True)
class Head:
    """Where the tree stands."""

    seal: Seal | None
    frontier: Frontier
    ahead: bool
    """Whether the newest seal is newer than the checkpoint kept outside."""


async def read_head(fetch: Fetch, home: LedgerHome, keys: Sequence[VerifierKey]) -> Head:
    """The newest seal and the tree under it, shown to go on from what this machine saw before.

    Raises:
        WitnessError: the checkpoint kept outside is missing or not genuine.
        DatabaseBehindError: the database has fewer sealed events than that checkpoint.
        DatabaseForkedError: the database's history is another one.
        SealDamagedError: the newest seal was changed.
        TreeDamagedError: the tree in the database was changed.
        LedgerUnavailableError: the database is away.
    """
    witness = read_witness(home, keys)
    seal = await last_seal(fetch)
    size = 0 if seal is None else seal.tree_size
    if size < witness.size:
        raise DatabaseBehindError(home.witness, sealed=witness.size, found=size)
    root = EMPTY_ROOT if seal is None else opened_seal(seal, keys).root
    if size == witness.size and root != witness.root:
        raise DatabaseForkedError(home.witness, size=size)
    frontier = await read_frontier(fetch, size)
    if frontier.root() != root:
        raise TreeDamagedError(f"the tree of {size} leaves does not have the root that was sealed")
    if size > witness.size > 0:
        nodes = await read_nodes(fetch, root_nodes(witness.size))
        if root_at(witness.size, nodes.__getitem__) != witness.root:
            raise DatabaseForkedError(home.witness, size=witness.size)
    return Head(seal, frontier, ahead=size > witness.size)
