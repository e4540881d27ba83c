"""A report was written and archived."""

from typing import Literal

from muster.ledger.events.envelope import Event


class ReportPublished(Event):
    """A report was written and archived."""

    kind: Literal["report.published"] = "report.published"
    report: str
    period: str
    path: str
    sha256: str
    pdf_path: str | None = None
    """The same as a PDF; null where none was made, as in older records."""
    pdf_sha256: str | None = None
    """Null without a PDF."""
