"""A message as intake understands it, whichever way it came."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from muster.core.canonical import Json, canonical_json, sha256_hex
from muster.core.errors import CallerError
from muster.core.text import clean_text
from muster.ledger.events import Channel, Priority

_PARSER_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What parsers of other people's formats are known to raise on bytes that break their expectations."""


class UnreadableMessageError(CallerError):
    """The bytes cannot be understood as a message; they belong in quarantine."""

    @property
    def reason(self) -> str:
        """What was wrong, for a person."""
        return self.what


@contextmanager
def reading(what: str, *failures: type[Exception]) -> Iterator[None]:
    """A block in which a parser's complaint about the bytes of `what` becomes our error.

    Args:
        failures: errors of the parser's own, beside Python's.

    Raises:
        UnreadableMessageError: the parser could not cope.
    """
    caught: tuple[type[Exception], ...] = (*_PARSER_FAILURES, *failures)
    try:
        yield
    except caught as error:
        lines = str(error).strip().splitlines()
        detail = clean_text(lines[0])[:200] if lines else type(error).__name__
        raise UnreadableMessageError(f"{what} cannot be read: {detail}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message."""

    name: str
    media_type: str
    text: str
    """What it says; a note in square brackets when it holds no text that could be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says; stored as the task's content."""

    text: str
    received_at: datetime
    """When it arrived here, UTC."""
    sender: str | None = None
    """As the message claims; null when the channel has none."""
    recipient: str | None = None
    subject: str | None = None
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Kept headers of a mail, and `Muster-Note` with what intake found odd about it."""

    def as_json(self) -> dict[str, Json]:
        """The content as it is stored."""
        return {
            **self._said(),
            "received_at": self.received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def sha256(self) -> str:
        """The same for the same content, whenever it arrived."""
        return sha256_hex(canonical_json(self._said()))

    def _said(self) -> dict[str, Json]:
        return {
            "sender": self.sender,
            "recipient": self.recipient,
            "subject": self.subject,
            "text": self.text,
            "attachments": [asdict(attachment) for attachment in self.attachments],
            "headers": dict(self.headers),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A piece of work at the door: where it came from, whom it is for, what it says."""

    source: str
    """The channel's own name, such as `mail:support@example.com`, `folder:finance` or a webhook's source."""
    external_id: str
    """The sender's name for it; with `source` it decides what is the same message."""
    channel: Channel
    destinations: tuple[str, ...]
    """Addresses, folder, webhook source or team it is for; the first one a team takes decides."""
    priority: Priority
    title: str
    content: Content
    transaction_type: str = ""
    """The kind of work it is, as its sender says; empty when nobody says. It chooses prompts only."""

    @property
    def sender(self) -> str | None:
        """As the message claims."""
        return self.content.sender

    def taken_at(self, destination: str) -> "IncomingMessage":
        """The message with the source named after the address that took it."""
        return replace(self, source=f"mail:{destination}") if self.channel == "mail" else self
