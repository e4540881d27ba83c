"""Proofs anyone can check with the public key: that an event is in the record; that the record only grew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from muster.core.errors import CallerError, PlatformError
from muster.ledger.head import Seal, last_seal, opened_seal, seal_at, seal_of
from muster.ledger.leaf import ENTRY_BYTES, leaf_of_entry
from muster.ledger.merkle import (
    consistency_proof,
    consistency_steps,
    inclusion_proof,
    inclusion_steps,
    verify_consistency,
    verify_inclusion,
)
from muster.ledger.notes import Checkpoint, NoteError, VerifierKey, open_checkpoint, open_note
from muster.ledger.proof_text import ConsistencyProof, InclusionProof
from muster.ledger.sql import load
from muster.ledger.tree import Fetch, find_leaf, read_nodes

_EVENT = load("muster.ledger", "event_to_prove")
_NEAR = load("muster.ledger", "seals_near")
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownEventError(CallerError):
    """There is no such event in the database."""


class NotSealedYetError(CallerError):
    """The event, or the size, is not covered by a seal."""


class EventChangedError(PlatformError):
    """The event in the database is not the one that was sealed."""


class ProofWrongError(CallerError):
    """A proof does not hold: it was changed, or is about something else."""


@dataclass(frozen=True)
class ProvedEvent:
    """What a checked inclusion proof shows."""

    seq: int
    index: int
    recorded_at: datetime
    body: str
    """The event, as RFC 8785 canonical JSON."""
    checkpoint: Checkpoint
    key_id: str
    """Of the key that signed the checkpoint."""


async def prove_event(fetch: Fetch, event_id: str, keys: Sequence[VerifierKey]) -> InclusionProof:
    """A proof that the event is in the tree of the newest seal, checked before it is given.

    Raises:
        UnknownEventError: there is no such event, or its month was detached.
        NotSealedYetError: it is newer than the newest seal.
        EventChangedError: it is not what was sealed.
        SealDamagedError, TreeDamagedError: seals or tree were changed.
        LedgerUnavailableError: the database is away.
    """
    rows = await fetch(_EVENT, {"event_id": event_id})
    if not rows:
        raise UnknownEventError(
            f"there is no event {event_id}",
            do="take the id from `muster trace`; of a detached month, reattach it or prove from the mirror",
        )
    [event] = rows
    covering, newest = await seal_of(fetch, event["seq"]), await last_seal(fetch)
    if covering is None or newest is None:
        raise NotSealedYetError(f"{event_id} is not sealed yet", do="run `muster ledger seal`")
    entry = bytes(event["entry"])
    index = await find_leaf(fetch, leaf_of_entry(entry), covering.first_index, covering.tree_size)
    if index is None:
        raise EventChangedError(
            f"{event_id} (seq {event['seq']}) is not what was sealed",
            where="ledger.events",
            do="run `muster ledger verify`, and restore the database from a backup that passes it",
        )
    opened_seal(newest, keys)
    steps = inclusion_steps(index, newest.tree_size)
    nodes = await read_nodes(fetch, [node for step in steps for node in step])
    hashes = inclusion_proof(index, newest.tree_size, nodes.__getitem__)
    proof = InclusionProof(index, entry, event["body"], hashes, newest.checkpoint)
    check_inclusion(proof, keys)
    return proof


def check_inclusion(proof: InclusionProof, keys: Sequence[VerifierKey]) -> ProvedEvent:
    """What `proof` shows to whoever trusts `keys`; needs nothing but its arguments.

    Raises:
        ProofWrongError: it does not hold.
    """
    checkpoint, key_id = _opened(proof.checkpoint, keys)
    if len(proof.entry) != ENTRY_BYTES:
        raise ProofWrongError(f"the entry has {len(proof.entry)} bytes instead of {ENTRY_BYTES}")
    if sha256(proof.body.encode()).digest() != proof.entry[16:48]:
        raise ProofWrongError("the body is not the one of the entry: its SHA-256 is another")
    leaf = leaf_of_entry(proof.entry)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise ProofWrongError(
            f"the hashes do not lead from leaf {proof.index} to the root of the tree of {checkpoint.size}"
        )
    recorded_at = _1970 + timedelta(microseconds=int.from_bytes(proof.entry[8:16], signed=True))
    seq = int.from_bytes(proof.entry[:8], signed=True)
    return ProvedEvent(seq, proof.index, recorded_at, proof.body, checkpoint, key_id)


async def prove_consistency(
    fetch: Fetch, old_size: int, new_size: int, keys: Sequence[VerifierKey]
) -> tuple[Checkpoint, ConsistencyProof]:
    """The seal at `old_size`, and a proof that the tree of the seal at `new_size` begins with its tree.

    Both seals are opened and the proof is checked before it is given.

    Raises:
        NotSealedYetError: there is no seal at one of the sizes.
        TreeRangeError: the old size is not before the new one.
        ProofWrongError: the seals contradict each other or the tree.
        SealDamagedError, TreeDamagedError: seals or tree were changed.
        LedgerUnavailableError: the database is away.
    """
    old = await open_seal_at(fetch, old_size, keys)
    proof = await prove_growth(fetch, old_size, new_size)
    check_consistency(proof, old, keys)
    return old, proof


async def open_seal_at(fetch: Fetch, tree_size: int, keys: Sequence[VerifierKey]) -> Checkpoint:
    """The checkpoint of the seal after which the tree had `tree_size` leaves.

    Raises:
        NotSealedYetError: there is no seal at that size.
        SealDamagedError: the seal was changed.
        LedgerUnavailableError: the database is away.
    """
    return opened_seal(await _seal_at(fetch, tree_size), keys)


async def prove_growth(fetch: Fetch, old_size: int, new_size: int) -> ConsistencyProof:
    """A proof from any size up to the seal at `new_size`; whoever asked checks it against what he holds.

    Raises:
        NotSealedYetError: there is no seal at the new size.
        TreeRangeError: the old size is not before the new one.
        TreeDamagedError: the tree was changed.
        LedgerUnavailableError: the database is away.
    """
    seal = await _seal_at(fetch, new_size)
    steps = consistency_steps(old_size, new_size)
    nodes = await read_nodes(fetch, [node for step in steps for node in step])
    return ConsistencyProof(
        old_size, consistency_proof(old_size, new_size, nodes.__getitem__), seal.checkpoint
    )


def check_consistency(proof: ConsistencyProof, old: Checkpoint, keys: Sequence[VerifierKey]) -> Checkpoint:
    """The newer checkpoint, when `proof` shows its tree to begin with the one of `old`; needs no database.

    Raises:
        ProofWrongError: it does not hold.
    """
    new, _ = _opened(proof.checkpoint, keys)
    if new.origin != old.origin:
        raise ProofWrongError(f"the checkpoints are of two ledgers: {old.origin} and {new.origin}")
    if proof.old_size != old.size:
        raise ProofWrongError(f"the proof begins at {proof.old_size}, the older checkpoint is of {old.size}")
    if not verify_consistency(old.size, new.size, proof.hashes, old.root, new.root):
        raise ProofWrongError(
            f"the record of {new.size} events does not begin with the one of {old.size}: it was rewritten"
        )
    return new


def _opened(note: str, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, str]:
    try:
        opened = open_note(note, keys)
        return open_checkpoint(note, keys), opened.signed_by.key_id
    except NoteError as error:
        raise ProofWrongError(f"the checkpoint does not hold: {error}", do=error.do) from error


async def _seal_at(fetch: Fetch, tree_size: int) -> Seal:
    seal = await seal_at(fetch, tree_size)
    if seal is None:
        near = ", ".join(str(row["tree_size"]) for row in await fetch(_NEAR, {"tree_size": tree_size}))
        raise NotSealedYetError(
            f"no seal was made at {tree_size} events",
            do=f"give a size at which one was: {near}" if near else "run `muster ledger seal`",
        )
    return seal
