"""A task as the platform writes it for a model: mail, document or form, in `<task …>` and `</task>`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_OPENING = re.compile(r"<task\b([^>]*)>\n?")
_CLOSING = "</task>"
_ATTRIBUTE = re.compile(r'([a-z_]+)="([^"]*)"')
_HEADER = re.compile(r"^(From|To|Subject|Date):[ \t]*(.*)$")
_ATTACHMENT = re.compile(r"^--- attachment (.+?) \(([^()\s]*)\) ---$", re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the task, as text."""

    name: str
    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Task:
    """What arrived."""

    channel: str
    sender: str
    """The whole From line."""
    sender_address: str
    """Lower case; empty when there is none."""
    recipient: str
    subject: str
    body: str
    attachments: Sequence[Attachment]

    @property
    def sender_name(self) -> str:
        """The display name of the sender; empty when there is none."""
        return self.sender.partition("<")[0].strip().strip("\"'") if "<" in self.sender else ""

    @property
    def sender_domain(self) -> str:
        return self.sender_address.rpartition("@")[2]

    @property
    def documents(self) -> str:
        """The attachments' text, one after the other."""
        return "\n".join(attachment.text for attachment in self.attachments)

    @property
    def everything(self) -> str:
        """Subject, body and attachments."""
        return f"{self.subject}\n{self.body}\n{self.documents}"


def read_task(message: str) -> tuple[Task, str]:
    """The task in the first user message, and what the message says after it.

    A message without the platform's mark-up is a task whose body it is.
    """
    opening = _OPENING.search(message)
    end = message.rfind(_CLOSING)
    if opening is None or end < opening.end():
        return Task("", "", "", "", "", message, ()), ""
    attributes = dict(_ATTRIBUTE.findall(opening.group(1)))
    headers, text = _headers(message[opening.end() : end])
    body, attachments = _attachments(text)
    sender = headers.get("From", "")
    address = _ADDRESS.search(sender.rpartition("<")[2])
    task = Task(
        channel=attributes.get("channel", ""),
        sender=sender,
        sender_address=address.group(0).lower() if address else "",
        recipient=headers.get("To", ""),
        subject=headers.get("Subject", ""),
        body=body.strip("\n"),
        attachments=attachments,
    )
    return task, message[end + len(_CLOSING) :]


def _headers(text: str) -> tuple[dict[str, str], str]:
    headers: dict[str, str] = {}
    lines = text.split("\n")
    for index, line in enumerate(lines):
        header = _HEADER.match(line)
        if header is None or header.group(1) in headers:
            return headers, "\n".join(lines[index:])
        headers[header.group(1)] = header.group(2).strip()
    return headers, ""


def _attachments(text: str) -> tuple[str, tuple[Attachment, ...]]:
    marks = list(_ATTACHMENT.finditer(text))
    if not marks:
        return text, ()
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    attachments = tuple(
        Attachment(mark.group(1), mark.group(2), text[mark.end() : end].strip("\n"))
        for mark, end in zip(marks, ends, strict=True)
    )
    return text[: marks[0].start()], attachments
