"""What of an event is sealed: an entry of 80 bytes, and its hash as a leaf of the ledger's Merkle tree.

entry = seq (int64, big-endian) || recorded_at (microseconds since 1970, int64, big-endian)
        || SHA-256 of the body || chain_sha256 (32 zero bytes for an event of no run)
leaf  = SHA-256(0x00 || entry)
"""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

ENTRY_BYTES = 80

NO_CHAIN = bytes(32)
"""What stands in an entry for the chain of an event that is in no run."""

_pack_leaf = struct.Struct(">cqq32s32s").pack
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def entry(seq: int, recorded_at_us: int, body_sha256: bytes, chain_sha256: bytes | None) -> bytes:
    """The 80 bytes that stand for an event in the tree."""
    return _pack_leaf(b"\x00", seq, recorded_at_us, body_sha256, chain_sha256 or NO_CHAIN)[1:]


def leaf_hash(seq: int, recorded_at_us: int, body_sha256: bytes, chain_sha256: bytes | None) -> bytes:
    """The leaf of an event: SHA-256 of a zero byte and its entry."""
    return sha256(_pack_leaf(b"\x00", seq, recorded_at_us, body_sha256, chain_sha256 or NO_CHAIN)).digest()


def leaf_hashes(entries: Iterable[tuple[int, int, bytes, bytes | None]]) -> list[bytes]:
    """`leaf_hash` of many events, each given as its four arguments, in order and without a call for each."""
    pack, none = _pack_leaf, NO_CHAIN
    return [
        sha256(pack(b"\x00", seq, at, body_sha256, chain or none)).digest()
        for seq, at, body_sha256, chain in entries
    ]


def leaf_of_entry(whole: bytes) -> bytes:
    """The leaf of an entry that is already in its 80 bytes."""
    return sha256(b"\x00" + whole).digest()


def microseconds(at: datetime) -> int:
    """`at` in microseconds since 1970 (UTC), exactly.

    Raises:
        TypeError: `at` has no time zone.
    """
    return (at - _1970) // _MICROSECOND
