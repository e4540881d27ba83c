"""Which keys are trusted: the first, which was pinned, and each later one that the one before endorsed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from muster.core.errors import OperatorError
from muster.ledger.notes import NoteError, SigningKey, VerifierKey, open_note, split_note

_HEADER = "muster ledger next key v1"
"""First line of an endorsement. With its spaces it cannot be the origin of a checkpoint."""


class KeyUntrustedError(OperatorError):
    """A key stands in the ledger that nobody trusted has endorsed, or not the pinned one stands first."""


@dataclass(frozen=True)
class RegisteredKey:
    """A key as the ledger lists it."""

    key: VerifierKey
    endorsement: str | None
    """The signed note in which the key before names this one; None for the first."""
    added_at: datetime


def endorse(old: SigningKey, new: VerifierKey, at: datetime) -> str:
    """A signed note by which whoever trusts `old` may trust `new`.

    Raises:
        NoteError: never for keys that were made or parsed.
    """
    time = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return old.sign(f"{_HEADER}\n{old.name}\n{new.vkey}\ntime {time}\n")


def trusted_keys(root: VerifierKey, registered: Iterable[RegisteredKey]) -> list[VerifierKey]:
    """The keys that follow from `root`, oldest first; the last of them is the one in use.

    Args:
        registered: in any order.

    Raises:
        KeyUntrustedError: a key is registered that does not follow from `root`.
    """
    successors: dict[str, RegisteredKey] = {}
    waiting = list(registered)
    for one in waiting:
        signer = "" if one.endorsement is None else _signer(one)
        if signer in successors:
            raise _untrusted(one.key, f"{signer or 'nobody'} endorsed two keys")
        successors[signer] = one
    first = successors.get("")
    if first is None or first.key != root:
        raise _untrusted(root if first is None else first.key, f"the pinned key is {root.vkey}")
    chain = [root]
    while (following := successors.get(chain[-1].key_id)) is not None and len(chain) < len(waiting):
        chain.append(_endorsed(following, chain[-1]))
    left = [one.key for one in waiting if one.key not in chain]
    if left:
        raise _untrusted(left[0], "no key that follows from the pinned one endorsed it")
    return chain


def _endorsed(following: RegisteredKey, by: VerifierKey) -> VerifierKey:
    try:
        text = open_note(following.endorsement or "", [by]).text
    except NoteError as error:
        raise _untrusted(following.key, error.what) from error
    if text.split("\n")[:3] != [_HEADER, by.name, following.key.vkey]:
        raise _untrusted(following.key, "its endorsement is for another key")
    return following.key


def _signer(one: RegisteredKey) -> str:
    """The key id of whoever seems to have signed the endorsement."""
    try:
        signatures: Sequence[tuple[str, str, bytes]] = split_note(one.endorsement or "")[1]
    except NoteError as error:
        raise _untrusted(one.key, error.what) from error
    return signatures[0][1]


def _untrusted(key: VerifierKey, why: str) -> KeyUntrustedError:
    return KeyUntrustedError(
        f"the key {key.vkey} is not to be trusted: {why}",
        where="ledger.keys",
        do="compare it with the keys you gave to others; restore the database if it was changed",
        key_id=key.key_id,
    )
