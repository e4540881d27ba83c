"""Delivery of the demo company's work through the real doors: SMTP, the watched folder, webhooks."""

import asyncio
import json
import os
import re
import smtplib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from itertools import chain
from pathlib import Path

import httpx

from muster.core.errors import OperatorError
from muster.core.settings import Settings

DISPATCH_PATH = "/api/v1/dispatch-task"
_COMPANY_ADDRESS = re.compile(r"[\w.+-]+@brightloom\.example")
_TIMEOUT_SECONDS = 30.0

Progress = Callable[[int, int], None]
"""Told how many messages are through, of how many."""


class DoorClosedError(OperatorError):
    """Nothing answers where the work is to be delivered."""


class NothingToDeliverError(OperatorError):
    """The folder holds no demo data."""


@dataclass(frozen=True)
class Doors:
    """Where work goes in."""

    smtp_host: str
    smtp_port: int
    drop_dir: Path
    http_url: str
    intake_key: str | None = None
    """The bearer token of the webhook; null when none is asked for."""

    @classmethod
    def of(cls, settings: Settings) -> "Doors":
        """The doors of an installation."""
        key = settings.intake_key.get_secret_value() if settings.intake_key else None
        return cls(settings.host, settings.smtp_port, settings.drop_dir, settings.http_url, key)


@dataclass(frozen=True)
class Delivered:
    """What went through."""

    mails: int
    files: int
    webhooks: int
    refused: tuple[str, ...] = ()
    """What a door did not take, with its answer."""


async def deliver(
    demo_dir: Path, doors: Doors, *, on_progress: Progress = lambda _done, _total: None, at_once: int = 4
) -> Delivered:
    """What was delivered, once every mail, file and webhook of a demo folder is through its door.

    Args:
        demo_dir: holds `mail/`, `drop/` and `webhooks.jsonl`.
        at_once: SMTP connections, and webhook posts, side by side.

    Raises:
        NothingToDeliverError: there is nothing in the folder.
        DoorClosedError: a door does not answer; what went through is recognised when it is sent again.
    """
    mails = sorted((demo_dir / "mail").glob("*.eml"))
    files = sorted(path for path in (demo_dir / "drop").glob("*/*") if path.is_file())
    webhooks = _webhooks(demo_dir / "webhooks.jsonl")
    if not (mails or files or webhooks):
        raise NothingToDeliverError(
            "there is no work to deliver", where=str(demo_dir), do="python -m muster.demo.generate"
        )
    done = _counter(len(mails) + len(files) + len(webhooks), on_progress)
    shares = [mails[start::at_once] for start in range(at_once)]
    posting = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(base_url=doors.http_url, timeout=_TIMEOUT_SECONDS) as client:
        lanes: list[Awaitable[list[str]]] = [
            *(asyncio.to_thread(_send_mails, doors, share, done) for share in shares if share),
            asyncio.to_thread(_drop_files, doors, files, done),
            *(_post(client, doors, body, posting, done) for body in webhooks),
        ]
        results = await asyncio.gather(*lanes, return_exceptions=True)
    answers = [result for result in results if not isinstance(result, BaseException)]
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:  # every lane has ended by now
        raise failures[0]
    return Delivered(len(mails), len(files), len(webhooks), tuple(chain.from_iterable(answers)))


def _counter(total: int, on_progress: Progress) -> Callable[[], None]:
    """Counts on the event loop, whatever thread it is called from."""
    loop = asyncio.get_running_loop()
    count = 0

    def one_more() -> None:
        nonlocal count
        count += 1
        on_progress(count, total)

    def from_any_thread() -> None:
        loop.call_soon_threadsafe(one_more)

    return from_any_thread


def _webhooks(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _send_mails(doors: Doors, mails: Sequence[Path], done: Callable[[], None]) -> list[str]:
    refused = []
    try:
        with smtplib.SMTP(doors.smtp_host, doors.smtp_port, timeout=_TIMEOUT_SECONDS) as door:
            for path in mails:
                raw = path.read_bytes()
                sender, recipients = _envelope(raw)
                try:
                    door.sendmail(sender, recipients, raw)
                except (
                    smtplib.SMTPRecipientsRefused,
                    smtplib.SMTPDataError,
                    smtplib.SMTPSenderRefused,
                ) as error:
                    refused.append(f"{path.name}: {error}")
                done()
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise _closed(f"smtp://{doors.smtp_host}:{doors.smtp_port}", error) from error
    return refused


def _envelope(raw: bytes) -> tuple[str, list[str]]:
    """Sender and recipients as the sending server would name them; without From it is empty."""
    head = raw.partition(b"\r\n\r\n")[0]
    message = message_from_bytes(head, policy=policy.compat32)
    written = str(message.get("From", ""))
    found = re.search(r"<([^<>]+)>\s*$", written)
    sender = found.group(1) if found else written.strip()
    return sender, _COMPANY_ADDRESS.findall(str(message.get("To", "")))


def _drop_files(doors: Doors, files: Iterable[Path], done: Callable[[], None]) -> list[str]:
    """Each file appears in its folder at once and whole."""
    for path in files:
        folder = doors.drop_dir / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{path.name}.part"
        partial.write_bytes(path.read_bytes())
        os.replace(partial, folder / path.name)
        done()
    return []


async def _post(
    client: httpx.AsyncClient,
    doors: Doors,
    body: dict[str, str],
    posting: asyncio.Semaphore,
    done: Callable[[], None],
) -> list[str]:
    headers = {"Authorization": f"Bearer {doors.intake_key}"} if doors.intake_key else {}
    async with posting:
        try:
            answer = await client.post(DISPATCH_PATH, json=body, headers=headers)
        except httpx.TransportError as error:
            raise _closed(doors.http_url, error) from error
    done()
    return [] if answer.is_success else [f"{body.get('task_id')}: {answer.status_code} {answer.text[:200]}"]


def _closed(where: str, error: Exception) -> DoorClosedError:
    return DoorClosedError(
        f"the work cannot be delivered: {error or type(error).__name__}",
        where=where,
        do="start it with muster up",
    )
