"""The key seals are signed with: made on first start, pinned, used, and replaced by one that it endorses."""

from datetime import datetime

from muster.ledger.durable_file import write_durably, write_first
from muster.ledger.events import EventContext, KeyRotated
from muster.ledger.home import (
    LedgerHome,
    LedgerKeyError,
    finish_rotation,
    read_pinned,
    read_private,
    read_witness,
)
from muster.ledger.key_chain import KeyUntrustedError, RegisteredKey, endorse, trusted_keys
from muster.ledger.merkle import EMPTY_ROOT
from muster.ledger.notes import Checkpoint, NoteError, SigningKey, VerifierKey
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.seal_errors import DatabaseBehindError, SealerBusyError
from muster.ledger.sql import load
from muster.ledger.tree import Fetch, fetch_on

_REGISTERED = load("muster.ledger", "registered_keys")
_INSERT = load("muster.ledger", "insert_key")
_LOCK = load("muster.ledger", "lock_sealing")


async def registered_keys(fetch: Fetch) -> list[RegisteredKey]:
    """The public keys the database lists; none of them is checked.

    Raises:
        KeyUntrustedError: what is listed is not a key.
        LedgerUnavailableError: the database is away.
    """
    try:
        return [
            RegisteredKey(VerifierKey.parse(row["vkey"]), row["endorsement"], row["added_at"])
            for row in await fetch(_REGISTERED)
        ]
    except NoteError as error:
        raise KeyUntrustedError(error.what, where="ledger.keys", do="restore the database") from error


async def known_keys(fetch: Fetch, home: LedgerHome) -> list[VerifierKey]:
    """The keys that may have signed a seal, oldest first: the pinned root and what follows from it.

    Raises:
        LedgerKeyError: no key is pinned.
        KeyUntrustedError: the database lists a key that does not follow from the pinned one.
        LedgerUnavailableError: the database is away.
    """
    pinned = read_pinned(home)
    return trusted_keys(pinned[0], await registered_keys(fetch))


async def hold_sealing(transaction: LedgerTransaction) -> None:
    """Keep every other sealer, and every change of key, out until `transaction` ends.

    Raises:
        SealerBusyError: another one is at work.
    """
    cursor = await transaction.connection.execute(_LOCK)
    row = await cursor.fetchone()
    if row is None or not row["held"]:
        raise SealerBusyError


async def signing_key(transaction: LedgerTransaction, home: LedgerHome, now: datetime) -> SigningKey:
    """The key to seal with; made, pinned and registered when this ledger has none yet.

    Raises:
        LedgerKeyError: the private key is missing, damaged, open to others or not the one in use.
        KeyUntrustedError: the database lists a key that does not follow from the pinned one.
        DatabaseBehindError: the database knows no key, but was sealed before.
        NoteError: the origin cannot name a key.
        FileNotKeptError: key, pin or checkpoint cannot be written.
    """
    registered = await registered_keys(fetch_on(transaction.connection))
    if not registered:
        return await _first_key(transaction, home, now)
    chain = trusted_keys(read_pinned(home)[0], registered)
    finish_rotation(home, chain)
    key = read_private(home.key_file)
    if key.verifier != chain[-1]:
        raise LedgerKeyError(
            f"the private key is {key.verifier.key_id}, but {chain[-1].key_id} is in use",
            where=str(home.key_file),
            do="restore the file from a backup of MUSTER_HOME",
        )
    _same_name(key, home)
    return key


async def rotate_key(ledger: PostgresLedger, home: LedgerHome, actor: str) -> VerifierKey:
    """Replace the key by a new one that the old one endorses; gives the new public key.

    Raises:
        SealerBusyError: a sealer is at work just now.
        LedgerKeyError: the present key cannot be used.
        KeyUntrustedError: the database lists a key that does not follow from the pinned one.
        LedgerUnavailableError: the database is away; the old key stays in use.
    """
    async with ledger.transaction() as transaction:
        await hold_sealing(transaction)
        now = ledger.clock.now()
        old = await signing_key(transaction, home, now)
        new = SigningKey.generate(home.origin)
        # the new private key is on disk before the ledger knows it: from then on it must not get lost
        write_durably(home.next_key_file, new.skey + "\n", mode=0o600)
        await _register(transaction, RegisteredKey(new.verifier, endorse(old, new.verifier, now), now))
        event = KeyRotated(
            old_key_id=old.verifier.key_id, new_key_id=new.verifier.key_id, vkey=new.verifier.vkey
        )
        await transaction.append(event, EventContext(actor=actor))
    chain = await known_keys(ledger.fetch, home)
    finish_rotation(home, chain)
    return new.verifier


async def _first_key(transaction: LedgerTransaction, home: LedgerHome, now: datetime) -> SigningKey:
    """The first key of a ledger, which a start that was cut short may have made before."""
    if not home.key_file.exists():
        write_first(home.key_file, SigningKey.generate(home.origin).skey + "\n", mode=0o600)
    key = read_private(home.key_file)
    _same_name(key, home)
    if not home.pinned_keys.exists():
        write_first(home.pinned_keys, key.verifier.vkey + "\n")
    if read_pinned(home)[0] != key.verifier:
        raise LedgerKeyError(
            "the database lists no key, but another one is pinned here",
            where=str(home.pinned_keys),
            do=f"restore the database; to begin a new ledger, move {home.folder} away",
        )
    if not home.witness.exists():
        write_first(home.witness, key.sign(Checkpoint(home.origin, 0, EMPTY_ROOT, now).text))
    size = read_witness(home, [key.verifier]).size
    if size:
        raise DatabaseBehindError(home.witness, sealed=size, found=0)
    await _register(transaction, RegisteredKey(key.verifier, None, now))
    return key


async def _register(transaction: LedgerTransaction, one: RegisteredKey) -> None:
    await transaction.connection.execute(
        _INSERT,
        {
            "key_id": one.key.key_id,
            "name": one.key.name,
            "vkey": one.key.vkey,
            "endorsement": one.endorsement,
            "added_at": one.added_at,
        },
    )


def _same_name(key: SigningKey, home: LedgerHome) -> None:
    if key.name != home.origin:
        raise LedgerKeyError(
            f"this ledger goes by the name of {key.name}, not {home.origin}",
            where="MUSTER_LEDGER_ORIGIN",
            do=f"set it to {key.name}: whoever checks old proofs knows the ledger by that name",
        )
