"""Where trust comes from: the first key, pinned or given, and the keys that follow from it."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from muster.ledger.key_chain import KeyUntrustedError, RegisteredKey, trusted_keys
from muster.ledger.notes import NoteError, VerifierKey
from muster.ledger.verify.verdict import Problem, Verdict

_UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class KeyRow(NamedTuple):
    """A public key as the record lists it."""

    vkey: str
    endorsement: str | None


def line_of_keys(rows: list[KeyRow], root: VerifierKey | None, verdict: Verdict) -> list[VerifierKey]:
    """The keys whose seals count, the oldest first, having reported a break in their line.

    Args:
        root: the key that is trusted; without one it is the first of the record, and the verdict says so.
    """
    try:
        registered = [
            RegisteredKey(VerifierKey.parse(row.vkey), row.endorsement, _UNKNOWN_TIME) for row in rows
        ]
    except NoteError as error:
        verdict.add(Problem("key_replaced", f"the list of keys was changed: {error.what}"))
        registered = []
    if root is None:
        root = next((one.key for one in registered if one.endorsement is None), None)
        if root is None:
            return []
        verdict.notes.append(
            "the first key was taken from the record itself: compare its fingerprint with the one you were "
            "given by another way, or give that key with --key"
        )
    verdict.first_key = root.vkey
    verdict.fingerprint = sha256(root.vkey.encode()).hexdigest()
    if not registered:
        return [root]
    try:
        return trusted_keys(root, registered)
    except KeyUntrustedError as error:
        verdict.add(Problem("key_replaced", f"a key was replaced: {error.what}"))
        return [root]
