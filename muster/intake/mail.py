"""The mail channel: RFC 5322 bytes become messages."""

from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy

from muster.core.text import one_line
from muster.intake.limits import LIMITS, Limits
from muster.intake.mail_headers import address_of, destinations, header, kept_headers
from muster.intake.mail_parts import attachments, body_text
from muster.intake.message import Content, IncomingMessage, UnreadableMessageError, reading
from muster.intake.priority import priority_of


def read_mail(raw: bytes, received_at: datetime, limits: Limits = LIMITS) -> IncomingMessage:
    """The message in the bytes of one mail.

    Its external id is the Message-ID without brackets, or a hash of what it says when it has none. Its source
    names the first address it was for; the queue names it after the address a team takes.

    Raises:
        UnreadableMessageError: it is empty, too large, damaged, or does not say who wrote it or to whom.
    """
    if len(raw) > limits.message_bytes:
        raise UnreadableMessageError(
            f"the mail has {len(raw)} bytes; {limits.message_bytes} are read at most"
        )
    if not raw.strip():
        raise UnreadableMessageError("the mail is empty")
    with reading("the mail"):
        mail = message_from_bytes(raw, policy=email_policy)
        return _message(mail, received_at, limits)


def named_destination(raw: bytes) -> str | None:
    """The first address the bytes seem to be for, even if the mail as a whole cannot be read."""
    try:
        with reading("the mail"):
            head = raw[:64_000].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
            mail = message_from_bytes(head, policy=email_policy)
            return next(iter(destinations(mail)), None)
    except UnreadableMessageError:
        return None


def _message(mail: EmailMessage, received_at: datetime, limits: Limits) -> IncomingMessage:
    headers = kept_headers(mail)
    sender = headers.get("From", "")
    if not address_of(sender):
        raise UnreadableMessageError("the mail does not say who sent it (no From address)")
    addresses = destinations(mail)
    if not addresses:
        raise UnreadableMessageError("the mail does not say whom it is for (no To address)")
    content = Content(
        text=body_text(mail, limits),
        received_at=received_at,
        sender=sender,
        recipient=headers.get("To") or addresses[0],
        subject=headers.get("Subject"),
        attachments=attachments(mail, limits),
        headers=headers,
    )
    if not (content.text or content.attachments or content.subject):
        raise UnreadableMessageError("the mail says nothing: no subject, no text, no attachment")
    title = one_line(content.subject or content.text or content.attachments[0].name, limits.title_chars)
    return IncomingMessage(
        source=f"mail:{addresses[0]}",
        external_id=header(mail, "Message-ID").strip("<> ") or f"sha256:{content.sha256()}",
        channel="mail",
        destinations=addresses,
        priority=priority_of(title, {name.lower(): value for name, value in headers.items()}),
        title=title,
        content=content,
    )
