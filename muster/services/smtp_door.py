"""The SMTP door: accepts mail and writes it to a Maildir; a mail is acknowledged when it is safe on disk.

It relays nothing and knows no users: what is for nobody ends in quarantine, where a person sees it.
"""

import argparse
import asyncio
import errno
import logging
import signal
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from muster.core.errors import MusterError, OperatorError
from muster.core.settings import load_settings
from muster.intake.limits import LIMITS
from muster.intake.spool import Maildir
from muster.services.ports import require_free

_log = logging.getLogger(__name__)

_MOST_RECIPIENTS = 100
_IDLE_SECONDS = 60.0
_FULL = {errno.ENOSPC, errno.EDQUOT}


class MaildirError(OperatorError):
    """The Maildir cannot be made or written."""


class ListenError(OperatorError):
    """The address or port is not one this machine can listen on."""


class MaildirHandler:
    """Answers the SMTP commands that matter here; the names are aiosmtpd's."""

    def __init__(self, maildir: Maildir) -> None:
        self._maildir = maildir

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept the recipient, up to a number."""
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """Write the mail, then say so; 4xx when it cannot be written, so that the sender tries again."""
        content = envelope.content
        mail = content if isinstance(content, bytes) else (content or "").encode("utf-8", "surrogateescape")
        try:
            path = await asyncio.to_thread(self._maildir.deliver, _trace(session, envelope) + mail)
        except OSError as error:
            _log.error("mail not accepted: %s", error.strerror or error)
            if error.errno in _FULL:
                return "452 4.3.1 Insufficient system storage, try again later"
            return "451 4.3.0 The mail cannot be stored now, try again later"
        return f"250 2.0.0 OK: kept as {path.name}"


async def serve(host: str, port: int, maildir: Path) -> None:
    """Runs until SIGTERM or SIGINT.

    Raises:
        MaildirError: the Maildir cannot be made.
        PortTakenError: another program listens there.
        ListenError: it is not an address of this machine, or not allowed.
    """
    try:
        handler = MaildirHandler(Maildir(maildir).make())
    except OSError as error:
        raise MaildirError(
            f"the Maildir cannot be used: {error.strerror}", where=str(maildir), do="choose another --maildir"
        ) from None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    require_free(host, port, "MUSTER_SMTP_PORT")
    try:
        server = await loop.create_server(partial(_door, handler), host, port)
    except OSError as error:
        raise ListenError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            where=f"MUSTER_HOST={host}",
            do="choose an address of this machine, and a port above 1023",
        ) from None
    _log.info("accepting mail on %s:%d into %s", host, port, maildir)
    await stop.wait()
    server.close()


def main() -> int:
    """The exit code of `python -m muster.services.smtp_door`."""
    settings = load_settings()
    parser = argparse.ArgumentParser(prog="python -m muster.services.smtp_door", description=__doc__)
    parser.add_argument("--host", default=settings.host)
    parser.add_argument("--port", type=int, default=settings.smtp_port)
    parser.add_argument("--maildir", type=Path, default=settings.maildir)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command otherwise
    try:
        asyncio.run(serve(arguments.host, arguments.port, arguments.maildir))
    except MusterError as error:
        sys.stderr.write(f"error: {error}\n  do: {error.do}\n")
        return error.exit_code
    return 0


def _door(handler: MaildirHandler) -> SMTP:
    return SMTP(
        handler,
        data_size_limit=LIMITS.message_bytes,
        enable_SMTPUTF8=True,
        ident="muster",
        timeout=_IDLE_SECONDS,
    )


def _trace(session: Session, envelope: Envelope) -> bytes:
    """The headers a mail gets on its way in: who handed it over, and for whom."""
    peer = session.peer[0] if isinstance(session.peer, tuple) else "local"
    at = format_datetime(datetime.now(UTC))
    headers = [
        f"Return-Path: <{_safe(envelope.mail_from)}>",
        *(f"Delivered-To: {_safe(address)}" for address in envelope.rcpt_tos),
        f"Received: from {_safe(session.host_name)} ([{peer}]) by muster with ESMTP; {at}",
    ]
    return "".join(f"{header}\r\n" for header in headers).encode("utf-8", "surrogateescape")


def _safe(text: str | None) -> str:
    return "".join(character for character in text or "" if character.isprintable())


if __name__ == "__main__":
    sys.exit(main())
