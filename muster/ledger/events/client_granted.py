"""A person or program outside the teams may use governed tools."""

from typing import Literal

from muster.ledger.events.envelope import Event
from muster.ledger.events.phase_changed import Phase


class ClientGranted(Event):
    """A person or program outside the teams may use governed tools."""

    kind: Literal["client.granted"] = "client.granted"
    client: str
    owner: str
    """The person who answers for it."""
    tier: Literal["ingestion", "negotiation", "reconciliation"]
    phase: Phase
    """The most it may do alone."""
    tools: tuple[str, ...]
    """As agents see them: `<server>__<tool>`."""
    version: int
    """1 for the first grant."""
