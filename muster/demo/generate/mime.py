"""Mails as RFC 5322 bytes, in the many shapes mail programs give them."""

import email.policy
import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from muster.demo.generate.message import Mail
from muster.demo.generate.support_traps import paragraphs

_POLICY = email.policy.SMTP
_NAMED_ENTITIES = str.maketrans(
    {"ä": "&auml;", "ö": "&ouml;", "ü": "&uuml;", "ß": "&szlig;", "é": "&eacute;"}
)


def message_id_of(mail: Mail, at: datetime) -> str:
    """The Message-ID without its angle brackets."""
    domain = mail.sender.split("@")[1]
    named = f"{mail.sender}|{mail.subject}|{mail.text}|{at.isoformat()}"
    return f"{hashlib.sha256(named.encode()).hexdigest()[:20]}@{domain}"


def as_rfc5322(mail: Mail, at: datetime) -> bytes:
    """The mail as it is handed to SMTP, the same bytes every time."""
    message = EmailMessage(policy=_POLICY)
    message_id = message_id_of(mail, at)
    if mail.form != "no_sender":
        local, domain = mail.sender.split("@")
        message["From"] = Address(mail.sender_name, local, domain)
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}>"
    for name, value in mail.headers.items():
        message[name] = value
    _put_content(message, mail)
    for attachment in mail.attachments:
        main, sub = attachment.media_type.split("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    for position, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{message_id.split('@')[0]}_{position}")
    raw = message.as_bytes()
    return _without_boundary(raw) if mail.form == "no_boundary" else raw


def _put_content(message: EmailMessage, mail: Mail) -> None:
    html = mail.html or f"<html><body>{paragraphs(mail.text)}</body></html>"
    match mail.form:
        case "latin1" if _fits_latin1(mail.text):
            message.set_content(mail.text, charset="iso-8859-1", cte="quoted-printable")
        case "eightbit":
            message.set_content(mail.text, cte="8bit")
        case "base64":
            message.set_content(mail.text, cte="base64")
        case "html":
            message.set_content(html.translate(_NAMED_ENTITIES), subtype="html", cte="quoted-printable")
        case "alternative" | "no_boundary":
            message.set_content(mail.text, cte="quoted-printable")
            message.add_alternative(html, subtype="html", cte="quoted-printable")
        case _:
            message.set_content(mail.text, cte="quoted-printable")


def _fits_latin1(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


def _without_boundary(raw: bytes) -> bytes:
    """The mail as a program breaks it that forgets to name the boundary of its parts."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    kept = [line for line in lines if not line.startswith(b" boundary=")]
    kept = [line.split(b";")[0] if line.lower().startswith(b"content-type:") else line for line in kept]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body
