"""Checks the files of the mirror against what was signed for them, where they lie on this machine."""

import hashlib
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from muster.ledger.notes import NoteError, VerifierKey, open_note
from muster.ledger.sql import load
from muster.ledger.verify.verdict import Problem, Verdict

_LOCAL = "file://"


async def check_mirror(
    connection: AsyncConnection[DictRow], mirror: str | None, keys: list[VerifierKey], verdict: Verdict
) -> None:
    """Check every file the database lists; one whose events a larger one has too may be gone.

    Args:
        mirror: its address; files are read when it is a folder of this machine, notes are checked anyway.
    """
    if mirror is None:
        verdict.mirror_files = None
        return
    root = Path(mirror.removeprefix(_LOCAL)) if mirror.startswith(_LOCAL) or "://" not in mirror else None
    if root is None:
        verdict.notes.append(f"the mirror is not on this machine ({mirror}): its files were not read")
    verdict.mirror_files = 0
    cover = await connection.execute(load("muster.ledger", "mirror_cover"))
    needed = {row["path"] for row in await cover.fetchall()}
    async with connection.cursor("verify_mirror") as cursor:
        await cursor.execute(load("muster.ledger", "verify_mirror_files"))
        async for row in cursor:
            fault = _fault(row, root, keys, needed=row["path"] in needed)
            if fault is None:
                verdict.mirror_files += 1
                continue
            sentence = f"mirror file {row['path']} (events {row['first_seq']} to {row['last_seq']}): {fault}"
            verdict.add(Problem("mirror_swapped", sentence, row["first_index"], row["first_seq"]))


def _text(row: DictRow) -> str:
    """What must have been signed for a file."""
    return (
        f"muster/mirror-file\n{row['path']}\nleaves {row['first_index']} {row['end_index']}\n"
        f"seqs {row['first_seq']} {row['last_seq']}\nsize {row['size_bytes']}\nsha256 {row['sha256']}\n"
    )


def _fault(row: DictRow, root: Path | None, keys: list[VerifierKey], *, needed: bool) -> str | None:
    try:
        text = open_note(row["note"], keys).text
    except NoteError as error:
        return f"its note is not signed by a trusted key: {error.what}"
    if text != _text(row):
        return "its row does not say what its note signs"
    if root is None:
        return None
    path = root / row["path"]
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "it is missing" if needed else None
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return None if found == row["sha256"] else "it was swapped or changed after it was written"
