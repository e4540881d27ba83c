"""What the generator makes: messages on three channels, each with the truth about it."""

from dataclasses import dataclass, field
from typing import Any, Literal

Expect = Literal["completed", "escalated", "quarantined", "duplicate"]
Language = Literal["en", "de", "fr", "es"]
Priority = Literal["low", "medium", "high"]
MailForm = Literal["plain", "latin1", "base64", "eightbit", "alternative", "html", "no_sender", "no_boundary"]
Pattern = dict[str, Any]
"""An effect to look for: system, tool, and fields with the value they must have (`muster.demo.effects`)."""


@dataclass(frozen=True)
class Truth:
    """What a careful employee would have done with a message, by the company's rules."""

    team: str
    case: str
    expect: Expect
    effects: tuple[Pattern, ...] = ()
    forbidden: tuple[Pattern, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A mail before it has a date and a Message-ID."""

    sender_name: str
    sender: str
    to: str
    subject: str
    text: str
    truth: Truth
    position: float
    """Where in the week it arrives, from 0 to 1."""
    html: str | None = None
    form: MailForm = "plain"
    attachments: tuple[Attachment, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """A file put into a watched folder."""

    folder: str
    name: str
    content: bytes
    truth: Truth


@dataclass(frozen=True)
class Form:
    """An entry of the website form, sent as a webhook."""

    priority: Priority
    content: str
    truth: Truth
    position: float


def effect(system_tool: str, **fields: Any) -> Pattern:
    """A pattern for an effect of a tool, named `system.tool`."""
    system, tool = system_tool.split(".")
    return {"system": system, "tool": tool, **fields}


def answer_to(address: str) -> Pattern:
    """The effect of a message sent to an address."""
    return effect("mail.send_message", to=address.lower())
