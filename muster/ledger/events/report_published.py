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
