"""A report was mailed, or could not be."""

from typing import Literal

from muster.ledger.events.envelope import Event


class ReportSent(Event):
    """A report was mailed, or could not be."""

    kind: Literal["report.sent"] = "report.sent"
    report: str
    period: str
    status: Literal["sent", "partly", "failed"]
    """`partly`: the mail server took it for some of them; `failed`: for nobody, after every attempt."""
    recipients: tuple[str, ...]
    """Those the mail server took it for."""
    refused: tuple[str, ...] = ()
    """Those it did not."""
    reason: str | None = None
    """Why it was not sent to some or to all; null when it was."""
    server: str
    """Host and port of the mail server."""
    message_id: str
    """Of the mail, the same at each attempt."""
    sha256: str
    """Of the file that was attached."""
