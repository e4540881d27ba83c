"""Where each run's chain stands while events go by; many runs go to a file, so that memory stays flat."""

import sqlite3
from hashlib import sha256
from typing import NamedTuple

_IN_MEMORY = 50_000


class Head(NamedTuple):
    """The last event of a run so far."""

    place: int
    chain_sha256: bytes
    seq: int


class RunHeads:
    """The heads of runs by their id: the recent ones in memory, the others in a temporary file."""

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._recent: dict[bytes, Head] = {}
        self._in_memory = in_memory
        self._older: sqlite3.Connection | None = None
        self.runs = 0
        """How many were ever put in."""

    def get(self, run: bytes) -> Head | None:
        """The head of a run; nothing when none of its events has gone by."""
        head = self._recent.get(run)
        if head is not None or self._older is None:
            return head
        row = self._older.execute(
            "SELECT place, chain_sha256, seq FROM heads WHERE run = ?", (run,)
        ).fetchone()
        return None if row is None else Head(*row)

    def put(self, run: bytes, head: Head, *, new: bool) -> None:
        """Remember the head of a run; `new` when `get` gave none."""
        self.runs += new
        self._recent[run] = head
        if len(self._recent) > self._in_memory:
            self._spill()

    def close(self) -> None:
        """Throw the temporary file away."""
        if self._older is not None:
            self._older.close()

    def _spill(self) -> None:
        if self._older is None:
            self._older = sqlite3.connect("", isolation_level=None)  # a temporary file, gone when closed
            self._older.execute("PRAGMA journal_mode = OFF")
            self._older.execute(
                "CREATE TABLE heads (run BLOB PRIMARY KEY, place INT, chain_sha256 BLOB, seq INT) "
                "WITHOUT ROWID"
            )
        self._older.execute("BEGIN")
        rows = ((run, *head) for run, head in self._recent.items())
        self._older.executemany("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", rows)
        self._older.execute("COMMIT")
        self._recent.clear()


def link(before: bytes, body_sha256: bytes) -> bytes:
    """The next link of a run's chain; `before` is empty for the first."""
    return sha256(before + body_sha256).digest()
