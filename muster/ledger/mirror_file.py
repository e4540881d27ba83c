"""What is known of a mirror file: which events it holds, and how to tell that it is still the same."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import class_row

from muster.core.errors import OperatorError, PlatformError
from muster.ledger.head import Seal
from muster.ledger.sql import load

Sign = Callable[[str], str]
"""Makes a text into a signed note, as `SigningKey.sign` does."""

_NAME: Final = re.compile(r"events-(\d{12,})-(\d{12,})-[0-9a-f]{16}\.parquet")


class MirrorFileMissingError(OperatorError):
    """Events that Postgres has let go of are in a mirror file, and that file is missing or was changed."""


class MirrorIncompleteError(PlatformError):
    """Postgres gives fewer or more events than were sealed; nothing was mirrored."""


class MirrorUnavailableError(OperatorError):
    """The mirror cannot be written to or read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorFile:
    """A row of `ledger.mirror_files`."""

    path: str
    """Its name, below the mirror's address."""
    first_index: int
    end_index: int
    first_seq: int
    last_seq: int
    events: int
    sha256: str
    size_bytes: int
    note: str
    """Signed, over `note_text`."""
    written_at: datetime


def file_name(sealed: Seal, sha256: str) -> str:
    """The name of a file that holds `sealed`; two files of different content never share one."""
    return f"events-{sealed.first_index:012d}-{sealed.tree_size:012d}-{sha256[:16]}.parquet"


def metadata(sealed: Seal) -> dict[str, str]:
    """What stands in the file itself, as Parquet key-value metadata."""
    return {
        "muster.first_index": str(sealed.first_index),
        "muster.tree_size": str(sealed.tree_size),
        "muster.root": base64.b64encode(sealed.root_sha256).decode(),
        "muster.checkpoint": sealed.checkpoint,
    }


def named_range(name: str) -> tuple[int, int] | None:
    """The leaves a mirror file of this name holds; None when it is no such name."""
    match = _NAME.fullmatch(name)
    return None if match is None else (int(match[1]), int(match[2]))


def note_text(path: str, sealed: Seal, sha256: str, size_bytes: int) -> str:
    """What is signed for a file: its name, its range and its checksum."""
    return (
        f"muster/mirror-file\n{path}\n"
        f"leaves {sealed.first_index} {sealed.tree_size}\nseqs {sealed.first_seq} {sealed.last_seq}\n"
        f"size {size_bytes}\nsha256 {sha256}\n"
    )


def sha256_of(path: Path) -> str:
    """The checksum of a file, hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mirror_cover(connection: psycopg.Connection) -> list[MirrorFile]:
    """The largest files that hold every mirrored event exactly once, in order.

    Raises:
        psycopg.Error: the database is away, or not migrated.
    """
    with connection.cursor(row_factory=class_row(MirrorFile)) as cursor:
        return cursor.execute(load("muster.ledger", "mirror_cover")).fetchall()
