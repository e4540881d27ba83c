"""Seals the record: every event up to now becomes a leaf of one Merkle tree, whose head is signed."""

import asyncio
import time
from dataclasses import asdict
from datetime import datetime
from operator import ge

from muster.ledger.head import Head, Seal, read_head
from muster.ledger.home import LedgerHome, write_witness
from muster.ledger.keys import hold_sealing, known_keys, signing_key
from muster.ledger.leaf import ENTRY_BYTES, leaf_of_entry
from muster.ledger.notes import Checkpoint, SigningKey
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal_errors import SealDamagedError, TransactionHangsError
from muster.ledger.sql import load
from muster.ledger.tree import KEPT_LEVELS, fetch_on, insert_nodes

MOST_EVENTS = 100_000
"""In one seal."""

_ENTRIES = load("muster.ledger", "entries")
_HORIZON = load("muster.ledger", "horizon")
_ENDED_BEFORE = load("muster.ledger", "ended_before")
_INSERT_SEAL = load("muster.ledger", "insert_seal")


async def seal_ledger(
    ledger: PostgresLedger,
    home: LedgerHome,
    *,
    most_events: int = MOST_EVENTS,
    patience_seconds: float = 10.0,
) -> list[Seal]:
    """Seal every event recorded so far, at most `most_events` a seal; an empty list when none is new.

    Writers are not held up. On first start the key is made. Seals made before a failure stay.

    Args:
        patience_seconds: how long to wait for transactions that began before to end.

    Raises:
        SealerBusyError: another sealer is at work.
        TransactionHangsError: a transaction that may hold a place in the order does not end.
        LedgerKeyError, KeyUntrustedError: the key cannot be used.
        WitnessError, DatabaseBehindError, DatabaseForkedError: the database is not the one that was sealed.
        SealDamagedError, TreeDamagedError: seals or tree were changed.
        FileNotKeptError: the checkpoint cannot be written; the next sealer makes up for it.
        LedgerUnavailableError: the database is away.
    """
    seals: list[Seal] = []
    # the lock stands until the checkpoint is in its file: an older one must not replace a newer one there
    async with ledger.transaction() as lock:
        await hold_sealing(lock)
        up_to = await _horizon(ledger, patience_seconds)
        after = await _last_sealed(ledger, home)
        reading = asyncio.create_task(_entries(ledger, after, up_to, most_events))
        try:
            while entries := await reading:
                # the next ones are read while these are hashed
                last = int.from_bytes(entries[-ENTRY_BYTES:][:8], signed=True)
                reading = asyncio.create_task(_entries(ledger, last, up_to, most_events))
                seal = await _seal(ledger, home, entries)
                write_witness(home, seal.checkpoint)
                seals.append(seal)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    return seals


async def _horizon(ledger: PostgresLedger, patience_seconds: float) -> int:
    """The last place in the order such that up to it no event can appear any more."""
    [horizon] = await ledger.fetch(_HORIZON)
    give_up_at = time.monotonic() + patience_seconds
    pause = 0.001
    while not (await ledger.fetch(_ENDED_BEFORE, {"xid": horizon["xid"]}))[0]["ended"]:
        if time.monotonic() > give_up_at:
            raise TransactionHangsError(patience_seconds)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 0.1)
    last_seq: int = horizon["last_seq"]
    return last_seq


async def _last_sealed(ledger: PostgresLedger, home: LedgerHome) -> int:
    """The last sealed place in the order; whoever sealed it may have died before it told the witness."""
    async with ledger.transaction() as transaction:
        await signing_key(transaction, home, ledger.clock.now())
        fetch = fetch_on(transaction.connection)
        head = await read_head(fetch, home, await known_keys(fetch, home))
    if head.seal is None:
        return 0
    if head.ahead:
        write_witness(home, head.seal.checkpoint)
    return head.seal.last_seq


async def _entries(ledger: PostgresLedger, after: int, up_to: int, most: int) -> bytes:
    """The entries of the next events, one after the other."""
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("SET LOCAL work_mem = '64MB'")
        parameters = {"after": after, "up_to": up_to, "most": most}
        cursor = await transaction.connection.execute(_ENTRIES, parameters, binary=True)
        row = await cursor.fetchone()
    return b"" if row is None or row["entries"] is None else bytes(row["entries"])


async def _seal(ledger: PostgresLedger, home: LedgerHome, entries: bytes) -> Seal:
    """Seal these entries on top of the newest seal, and commit."""
    async with ledger.transaction() as transaction:
        now = ledger.clock.now()
        key = await signing_key(transaction, home, now)
        fetch = fetch_on(transaction.connection)
        head = await read_head(fetch, home, await known_keys(fetch, home))
        seal, complete = await asyncio.to_thread(_sealed, entries, head, key, now)
        await transaction.connection.execute(_INSERT_SEAL, asdict(seal))
        await insert_nodes(transaction.connection, seal.first_index, complete)
    return seal


def _sealed(
    entries: bytes, head: Head, key: SigningKey, now: datetime
) -> tuple[Seal, dict[int, list[bytes]]]:
    """The seal over `entries`, and the nodes of the tree that became complete."""
    frontier, first_index = head.frontier, head.frontier.size
    after = 0 if head.seal is None else head.seal.last_seq
    rows = [entries[at : at + ENTRY_BYTES] for at in range(0, len(entries), ENTRY_BYTES)]
    seqs = [int.from_bytes(entry[:8], signed=True) for entry in rows]
    if len(rows[-1]) != ENTRY_BYTES or seqs[0] <= after or any(map(ge, seqs, seqs[1:])):
        raise SealDamagedError(
            f"the events after {after} are not in order, or have a chain of a wrong length"
        )
    complete = frontier.extend([leaf_of_entry(entry) for entry in rows], KEPT_LEVELS)
    root = frontier.root()
    checkpoint = Checkpoint(key.name, frontier.size, root, now)
    seal = Seal(
        tree_size=frontier.size,
        first_index=first_index,
        first_seq=seqs[0],
        last_seq=seqs[-1],
        root_sha256=root,
        key_id=key.verifier.key_id,
        checkpoint=key.sign(checkpoint.text),
        sealed_at=now,
    )
    return seal, complete
