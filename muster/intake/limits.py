"""How much of a message intake is willing to read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes above which a message is not read; it is quarantined, never lost."""

    message_bytes: int = 25_000_000
    """One mail or one file."""
    request_bytes: int = 1_000_000
    """The body of one webhook post."""
    parts: int = 100
    """Parts of one mail, attachments included."""
    depth: int = 10
    """Mails and multiparts inside one another."""
    pages: int = 100
    """Pages of one PDF."""
    read_seconds: float = 10.0
    """Time one document may take to read, looked at between pages."""
    text_chars: int = 200_000
    """Text kept of one body or document; what is longer is cut, and says so."""
    title_chars: int = 200


LIMITS = Limits()
