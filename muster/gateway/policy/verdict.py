"""What a rule says."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["allow", "deny", "needs_approval"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's answer, in words an agent and its owner can act on."""

    outcome: Outcome
    rule: str
    reason: str
    retry_after_seconds: int | None = None
    """When the same call is possible again; null when waiting alone does not help."""
