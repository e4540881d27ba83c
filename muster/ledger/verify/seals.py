"""Checks seals by themselves: signed by a trusted key, saying what their row says, in an unbroken row."""

from datetime import datetime
from typing import Literal, NamedTuple

from muster.ledger.notes import Checkpoint, NoteError, VerifierKey, open_checkpoint
from muster.ledger.verify.verdict import Problem, Verdict

SealFault = Literal["seal_forged", "seal_missing"]


class SealRow(NamedTuple):
    """A seal as it is stored."""

    tree_size: int
    first_index: int
    first_seq: int
    last_seq: int
    root_sha256: bytes
    key_id: str
    checkpoint: str
    sealed_at: datetime | str

    def __str__(self) -> str:
        return (
            f"the seal over leaves {self.first_index} to {self.tree_size - 1} "
            f"(events {self.first_seq} to {self.last_seq})"
        )

    @property
    def leaves(self) -> int:
        return self.tree_size - self.first_index


class SealLine:
    """Seals as they come, the oldest first."""

    def __init__(self, keys: list[VerifierKey], verdict: Verdict) -> None:
        """Signatures count when they are by one of `keys`, which are in the order they came into use."""
        self._keys = keys
        self._verdict = verdict
        self._key_place = 0
        self._places = {key.key_id: place for place, key in enumerate(keys)}
        self.tree_size = 0
        self.last_seq = 0

    def follow(self, seal: SealRow) -> SealRow:
        """The seal as it should continue the one before, having reported where it does not."""
        if seal.first_index != self.tree_size or seal.first_seq <= self.last_seq:
            before = "nothing is sealed before it"
            if self.tree_size:
                before = f"the one before ends at leaf {self.tree_size - 1} (event {self.last_seq})"
            sentence = f"leaf {self.tree_size}: a seal is missing or was changed before {seal}: {before}"
            self._complain("seal_missing", seal, sentence)
            seal = seal._replace(first_index=self.tree_size, first_seq=self.last_seq + 1)
        self.tree_size, self.last_seq = max(self.tree_size, seal.tree_size), max(self.last_seq, seal.last_seq)
        self._verdict.seals += 1
        return seal

    def signed_root(self, seal: SealRow, checkpoint: Checkpoint | str | None = None) -> bytes:
        """The root that was signed; the stored one, having reported it, where the signature does not hold.

        Args:
            checkpoint: what `opened` gave, when it was called before.
        """
        opened = opened_checkpoint(seal, self._keys) if checkpoint is None else checkpoint
        if isinstance(opened, str):
            self._complain("seal_forged", seal, f"{seal} is forged: {opened}")
            return seal.root_sha256
        if (opened.size, opened.root) != (seal.tree_size, seal.root_sha256):
            self._complain(
                "seal_forged", seal, f"{seal} is forged: its row does not say what its checkpoint signs"
            )
        place = self._places[seal.key_id]
        if place < self._key_place:
            self._complain(
                "seal_forged",
                seal,
                f"{seal} is forged: signed by key {seal.key_id}, which had been replaced before",
            )
        self._key_place = max(self._key_place, place)
        return opened.root

    def _complain(self, kind: SealFault, seal: SealRow, sentence: str) -> None:
        self._verdict.add(Problem(kind, sentence, seal.first_index, seal.first_seq))


def opened_checkpoint(seal: SealRow, keys: list[VerifierKey]) -> Checkpoint | str:
    """What the seal's checkpoint signs, or why its signature does not count."""
    own = [key for key in keys if key.key_id == seal.key_id]
    if not own:
        return f"its key {seal.key_id} is not in the line of keys that are trusted"
    try:
        return open_checkpoint(seal.checkpoint, own)
    except NoteError as error:
        return error.what
