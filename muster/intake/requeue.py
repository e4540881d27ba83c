"""A person sends a quarantined message through intake again."""

from datetime import datetime

from muster.core.canonical import sha256_hex
from muster.core.errors import CallerError
from muster.core.text import clean_text, one_line
from muster.intake.documents import decode_text
from muster.intake.folder import read_file
from muster.intake.limits import LIMITS
from muster.intake.mail import read_mail
from muster.intake.message import Content, IncomingMessage, UnreadableMessageError
from muster.intake.queue import Enqueued, enqueue_within
from muster.intake.routing import NoRouteError
from muster.ledger.events import Channel, EventContext, MessageQuarantined, MessageRequeued
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_TAKE = load("muster.intake", "take_quarantined")
_MARK = load("muster.intake", "mark_requeued")
_REASON = load("muster.intake", "set_reason")


class NotInQuarantineError(CallerError):
    """There is no such message in quarantine, or it was sent on before."""


class StillQuarantinedError(CallerError):
    """The message could not be taken in this time either; it stays, with the new reason."""


async def requeue(
    ledger: PostgresLedger, quarantine_id: str, *, actor: str, team: str | None = None, as_text: bool = False
) -> Enqueued:
    """The task a quarantined message becomes when it is read and routed again.

    Args:
        actor: who asked for it, such as `person:jo`.
        team: the team to give it to, whatever the routes say.
        as_text: take its bytes as plain text when they cannot be read as what they are.

    Raises:
        NotInQuarantineError: there is no such message, or it was sent on before.
        StillQuarantinedError: it cannot be read or routed; it stays, with the new reason.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    failure: UnreadableMessageError | NoRouteError
    async with ledger.transaction() as transaction:
        row = await (await transaction.connection.execute(_TAKE, {"quarantine_id": quarantine_id})).fetchone()
        if row is None or row["status"] != "quarantined":
            what = f"{quarantine_id} was sent on before" if row else f"there is no message {quarantine_id}"
            raise NotInQuarantineError(what, where="quarantine", do="see `muster intake quarantine`")
        now, raw = transaction.now, bytes(row["raw"])
        try:
            message = _read(row["channel"], row["source"], row["name"], raw, now, as_text=as_text)
            enqueued = await enqueue_within(ledger, transaction, message, team=team, actor=actor)
        except (UnreadableMessageError, NoRouteError) as error:
            failure = error
            await transaction.connection.execute(
                _REASON, {"quarantine_id": quarantine_id, "reason": error.what}
            )
            event = MessageQuarantined(
                quarantine_id=quarantine_id,
                channel=row["channel"],
                source=row["source"],
                reason=error.what,
                size_bytes=len(raw),
                name=row["name"],
                raw_sha256=sha256_hex(raw),
            )
            await transaction.append(event, EventContext(actor=actor))
        else:
            await transaction.connection.execute(_MARK, {"quarantine_id": quarantine_id, "now": now})
            where = EventContext(actor=actor, task_id=enqueued.task_id, team=enqueued.team)
            await transaction.append(MessageRequeued(quarantine_id=quarantine_id), where)
            return enqueued
    raise StillQuarantinedError(
        failure.what,
        where=quarantine_id,
        do="give it to a team with --team, or take its bytes as text with --as-text",
    )


def _read(
    channel: Channel, source: str, name: str, raw: bytes, received_at: datetime, *, as_text: bool
) -> IncomingMessage:
    try:
        match channel:
            case "mail":
                return read_mail(raw, received_at)
            case "folder":
                return read_file(source.removeprefix("folder:"), name, raw, received_at)
            case _:
                raise UnreadableMessageError(f"a {channel} message is sent again by its sender")
    except UnreadableMessageError:
        if not as_text:
            raise
        return _plain(channel, source, name, raw, received_at)


def _plain(channel: Channel, source: str, name: str, raw: bytes, received_at: datetime) -> IncomingMessage:
    destination = source.partition(":")[2]
    text = clean_text(decode_text(raw), LIMITS.text_chars)
    return IncomingMessage(
        source=source,
        external_id=sha256_hex(raw),
        channel=channel,
        destinations=(destination,),
        priority="medium",
        title=one_line(name, LIMITS.title_chars),
        content=Content(text=text, received_at=received_at, recipient=destination, subject=name),
    )
