"""An agent may do more by itself, or less."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event

Phase = Literal["co-pilot", "edge", "core"]
"""co-pilot drafts; edge acts alone on low-risk work; core works end to end."""


class PhaseChanged(Event):
    """An agent may do more by itself, or less."""

    kind: Literal["phase.changed"] = "phase.changed"
    who: str
    """`team/agent`."""
    phase: Phase
    previous: Phase
    cause: Literal["evidence", "breach", "person"]
    """Promoted on evidence, demoted for a breach, or set by a person's decision."""
    reason: str
    evidence: dict[str, Any]
    """What it was decided from: counts, rates with their intervals, event ids."""
