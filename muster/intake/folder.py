"""The folder channel: files dropped into `<drop>/<folder>/` become tasks of the team that takes it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from muster.core.canonical import sha256_hex
from muster.core.text import one_line
from muster.intake.collecting import Arrival, Collected, take_in
from muster.intake.documents import document_text
from muster.intake.limits import LIMITS, Limits
from muster.intake.message import Attachment, Content, IncomingMessage
from muster.intake.priority import priority_of
from muster.ledger.postgres import PostgresLedger

TAKEN = ".taken"
"""Below each folder: the files that were collected."""

_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""How programs name a file they are still writing."""

_MEDIA_TYPES = {"pdf": "application/pdf", "xml": "application/xml", "html": "text/html", "htm": "text/html"}


def read_file(
    folder: str, name: str, raw: bytes, received_at: datetime, limits: Limits = LIMITS
) -> IncomingMessage:
    """The message in a dropped file; what identifies it is what is in it, not what it is called.

    Raises:
        UnreadableMessageError: it is empty, too large, damaged, or there is no text in it.
    """
    name = one_line(name, limits.title_chars)
    media_type = _MEDIA_TYPES.get(name.lower().rpartition(".")[2], "text/plain")
    document = Attachment(name=name, media_type=media_type, text=document_text(name, media_type, raw, limits))
    content = Content(
        text="",
        received_at=received_at,
        recipient=folder,
        subject=name,
        attachments=(document,),
    )
    return IncomingMessage(
        source=f"folder:{folder}",
        external_id=sha256_hex(raw),
        channel="folder",
        destinations=(folder,),
        priority=priority_of(name.replace("_", " ")),
        title=name,
        content=content,
    )


async def collect(
    ledger: PostgresLedger, drop_dir: Path, *, limit: int = 500, settle_seconds: float = 0.5
) -> Collected:
    """What the dropped files became; each is moved to its folder's `.taken` once that is committed.

    A crash between the two is harmless: the file is collected again and found to be known.

    Args:
        limit: files of one collection.
        settle_seconds: a file changed more recently may still be being written and is left for the next time.

    Raises:
        LedgerUnavailableError: the database is away; files not yet committed stay where they are.
        OSError: a file cannot be moved.
    """
    collected = Collected()
    settled_before = ledger.clock.now().timestamp() - settle_seconds
    for path in islice(_dropped(drop_dir, settled_before), limit):
        folder = path.parent.name
        arrival = Arrival(
            path=path,
            channel="folder",
            name=path.name,
            source=partial(_source, folder),
            read=partial(_read, folder, path.name, ledger.clock.now()),
        )
        outcome = await take_in(ledger, arrival)
        collected += outcome
        if not outcome.left:
            _take(path)
    return collected


def waiting(drop_dir: Path) -> int:
    """How many dropped files nobody has collected."""
    return sum(1 for _ in _dropped(drop_dir, float("inf")))


def _dropped(drop_dir: Path, settled_before: float) -> Iterator[Path]:
    """Finished files of every folder by name; hidden files and links are not looked at."""
    if not drop_dir.is_dir():
        return
    for folder in sorted(entry.path for entry in os.scandir(drop_dir) if _is_folder(entry)):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            hidden = entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED)
            if hidden or not entry.is_file(follow_symlinks=False):
                continue
            with suppress(FileNotFoundError):  # another collector was faster
                if entry.stat(follow_symlinks=False).st_mtime > settled_before:
                    continue
                yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def _source(folder: str, _raw: bytes) -> str:
    return f"folder:{folder}"


def _read(folder: str, name: str, received_at: datetime, raw: bytes) -> IncomingMessage:
    return read_file(folder, name, raw, received_at)


def _take(path: Path) -> None:
    taken = path.parent / TAKEN
    taken.mkdir(exist_ok=True, mode=0o700)
    place = taken / path.name
    with suppress(FileNotFoundError):  # another collector was faster
        if place.exists():
            place = taken / f"{path.stem}.{path.stat().st_mtime_ns}{path.suffix}"
        path.rename(place)
