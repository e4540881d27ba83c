"""How sure an agent is of its answer, by the method its manifest names."""

from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative

ConfidenceMethod = Literal["self_report", "samples", "verifier"]


class ConfidenceAssessed(Event):
    """How sure an agent is of its answer, by the method its manifest names."""

    kind: Literal["confidence.assessed"] = "confidence.assessed"
    method: ConfidenceMethod
    """`self_report`: its own word; `samples`: the share of repeated answers that agree; `verifier`: another
    model's word."""
    value: float
    """0 to 1, the one that counts."""
    stated: float
    """0 to 1, the agent's own."""
    samples: NonNegative | None = None
    """Answers compared, the agent's first one included; null for other methods."""
    agreeing: NonNegative | None = None
    """Those that decided the same; null for other methods."""
    verifier_role: str | None = None
    """The model role that judged; null for other methods."""
    detail: str = ""
    """Why, in the judge's words."""
