"""The newest checkpoint kept outside the database: what the database must still contain."""

from pathlib import Path

from muster.ledger.merkle import Frontier
from muster.ledger.notes import Checkpoint, NoteError, VerifierKey, open_checkpoint
from muster.ledger.verify.roots import copy_of
from muster.ledger.verify.verdict import Problem, Verdict


class Witness:
    """A checkpoint that was seen, looked for in the tree while it grows."""

    def __init__(self, seen: Checkpoint, where: Path) -> None:
        self.seen = seen
        self._where = where
        self._root: bytes | None = Frontier().root() if seen.size == 0 else None

    def watch(self, before: Frontier, leaves: list[bytes]) -> None:
        """Note the root at the size that was seen, when `leaves` lead past it."""
        size = self.seen.size
        if before.size < size <= before.size + len(leaves):
            then = copy_of(before)
            then.extend(leaves[: size - before.size])
            self._root = then.root()

    def judge(self, verdict: Verdict, last_seq: int) -> None:
        """Report when the tree is smaller than the one seen, or another one."""
        size = self.seen.size
        if self._root is None:
            verdict.add(
                Problem(
                    "rolled_back",
                    f"the database was rolled back: {size} sealed events were seen ({self._where}), it has "
                    f"{verdict.sealed}; leaf {verdict.sealed} is the first that is gone, "
                    f"after event {last_seq}",
                    index=verdict.sealed,
                )
            )
        elif self._root != self.seen.root:
            verdict.add(
                Problem(
                    "forked",
                    f"the database is another one: its first {size} sealed events are not those seen "
                    f"before ({self._where}); it was rolled back and went on differently",
                )
            )


def open_witness(text: str | None, where: Path, keys: list[VerifierKey], verdict: Verdict) -> Witness | None:
    """The checkpoint that was kept at `where`; when it cannot be used that is reported.

    Args:
        text: read before the database was, which may have been sealed again since; None when there was none.
    """
    fault = "is not there"
    if text is not None:
        try:
            return Witness(open_checkpoint(text, keys), where)
        except NoteError as error:
            fault = f"cannot be trusted: {error.what}"
    verdict.add(
        Problem(
            "rolled_back",
            f"the checkpoint kept outside the database ({where}) {fault}; "
            "whether the database was rolled back cannot be told",
        )
    )
    return None
