"""Proofs as text, in the formats of C2SP: what is handed to somebody who checks without our database.

An inclusion proof is a `tlog-proof`; its extra data are the 80 bytes of the entry and the body of the event,
all that is needed to make the leaf. A consistency proof is what `tlog-witness` takes: the old size, the
hashes and the new checkpoint.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Self

from muster.core.errors import CallerError
from muster.ledger.leaf import ENTRY_BYTES
from muster.ledger.notes import NoteError, decode_hash, is_decimal

_HEADER = "c2sp.org/tlog-proof@v1"


class ProofFormatError(CallerError):
    """A text is not a proof in its format."""


@dataclass(frozen=True)
class InclusionProof:
    """Shows an event to be in the tree of a checkpoint."""

    index: int
    """The leaf, counted from 0."""
    entry: bytes
    body: str
    hashes: list[bytes]
    checkpoint: str
    """The signed note."""

    @property
    def text(self) -> str:
        extra = base64.b64encode(self.entry + self.body.encode()).decode()
        head = f"{_HEADER}\nextra {extra}\nindex {self.index}\n"
        return f"{head}{_lines(self.hashes)}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The proof in `text`; nothing of it is checked.

        Raises:
            ProofFormatError: it is not an inclusion proof of an event.
        """
        head, checkpoint = _halves(text)
        if len(head) < 3 or head[0] != _HEADER or not head[1].startswith("extra "):
            raise ProofFormatError(
                f"this is not a proof of an event: it begins with {_HEADER}, then extra data"
            )
        index = head[2].removeprefix("index ")
        if not head[2].startswith("index ") or not is_decimal(index):
            raise ProofFormatError("the third line of a proof is `index` and a number")
        entry, body = _extra(head[1].removeprefix("extra "))
        return cls(int(index), entry, body, _hashes(head[3:]), checkpoint)


@dataclass(frozen=True)
class ConsistencyProof:
    """Shows the tree of a checkpoint to begin with an older tree."""

    old_size: int
    hashes: list[bytes]
    checkpoint: str
    """The newer one, a signed note."""

    @property
    def text(self) -> str:
        return f"old {self.old_size}\n{_lines(self.hashes)}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The proof in `text`; nothing of it is checked.

        Raises:
            ProofFormatError: it is not a consistency proof.
        """
        head, checkpoint = _halves(text)
        size = head[0].removeprefix("old ")
        if not head[0].startswith("old ") or not is_decimal(size):
            raise ProofFormatError("the first line of a consistency proof is `old` and a number")
        return cls(int(size), _hashes(head[1:]), checkpoint)


def _lines(hashes: list[bytes]) -> str:
    return "".join(f"{base64.b64encode(value).decode()}\n" for value in hashes)


def _halves(text: str) -> tuple[list[str], str]:
    head, blank, checkpoint = text.partition("\n\n")
    if not blank:
        raise ProofFormatError("this is not a proof: after the hashes come an empty line and a checkpoint")
    return head.split("\n"), checkpoint


def _hashes(lines: list[str]) -> list[bytes]:
    try:
        return [decode_hash(line) for line in lines]
    except NoteError as error:
        raise ProofFormatError(error.what) from error


def _extra(encoded: str) -> tuple[bytes, str]:
    try:
        whole = base64.b64decode(encoded, validate=True)
        return whole[:ENTRY_BYTES], whole[ENTRY_BYTES:].decode()
    except (binascii.Error, ValueError) as error:
        raise ProofFormatError("the extra data are not an entry and a body in base64") from error
