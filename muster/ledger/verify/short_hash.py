"""SHA-256 of a few bytes, the quickest way this Python has.

Three of four hashes that checking an export takes are over less than a hundred bytes. There OpenSSL spends
more on setting up than on hashing; Python's own implementation sets up faster, and loses to it where the
processor has instructions for SHA.
"""

import hashlib
from importlib import import_module
from time import perf_counter

from muster.ledger.merkle import Sha256

_TRIES = 300


def _candidates() -> list[Sha256]:
    """OpenSSL's, and the one built into Python (`_sha256` before 3.12, `_sha2` since)."""
    found: list[Sha256] = [hashlib.sha256]
    for name in ("_sha2", "_sha256"):
        try:
            found.append(import_module(name).sha256)
        except ImportError:
            continue
    return found


def _seconds(candidate: Sha256) -> float:
    began = perf_counter()
    for _ in range(_TRIES):
        candidate(_SAMPLE).digest()
    return perf_counter() - began


_SAMPLE = bytes(81)

short_sha256: Sha256 = min(_candidates(), key=_seconds)
"""As `hashlib.sha256`."""
