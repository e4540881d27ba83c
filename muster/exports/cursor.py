"""Up to where traces were sent to a collector, so that the next export goes on from there."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import orjson

from muster.exports.errors import ExportFileError
from muster.ledger.durable_file import write_durably

WINDOW: Final = 10_000
"""Places in the ledger's order within which an event may still become visible after a later one."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What was sent: everything up to a place in the ledger's order, and single events shortly before it."""

    seq: int = 0
    """The place of the last end of a task that was sent; 0 when none was."""
    recent: frozenset[int] = frozenset()
    """All that were sent of the last `WINDOW` places before it: what is not here is still to be sent."""

    @property
    def after(self) -> int:
        """Nothing up to this place has to be looked at again."""
        return max(0, self.seq - WINDOW)

    def lacks(self, seq: int) -> bool:
        """Whether the end at this place has still to be sent."""
        return seq > self.after and seq not in self.recent

    def with_sent(self, seqs: list[int]) -> Self:
        """The cursor after these were sent, too."""
        newest = max([self.seq, *seqs])
        kept = frozenset(seq for seq in {*self.recent, *seqs} if seq > newest - WINDOW)
        return type(self)(newest, kept)


class CursorFile:
    """The cursor of one collector, kept below MUSTER_HOME."""

    def __init__(self, home: Path, url: str) -> None:
        digest = hashlib.sha256(url.encode()).hexdigest()[:16]
        self.path = home / "exports" / f"otel-{digest}.json"
        self._url = url

    def read(self) -> Cursor:
        """Where it stands; at the beginning when nothing was ever sent there.

        Raises:
            ExportFileError: the file is torn or not a cursor's.
        """
        try:
            told = orjson.loads(self.path.read_bytes())
            return Cursor(int(told["seq"]), frozenset(int(seq) for seq in told["recent"]))
        except FileNotFoundError:
            return Cursor()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ExportFileError(
                f"what was sent so far cannot be read: {error}",
                where=str(self.path),
                do="mend or remove the file; without it everything is sent again, which doubles nothing",
            ) from error

    def write(self, cursor: Cursor) -> None:
        """Keep it.

        Raises:
            FileNotKeptError: the file cannot be written.
        """
        told = {"collector": self._url, "seq": cursor.seq, "recent": sorted(cursor.recent)}
        write_durably(self.path, orjson.dumps(told).decode() + "\n")
