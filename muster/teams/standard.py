"""The standard every agent obeys: what is tried again, how often, and when a person is asked."""

import random
from dataclasses import dataclass, field

from muster.teams.spending import FleetLimits


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often something is tried, and how long it waits in between."""

    attempts: int
    """Tries in all, the first included."""
    first_delay_seconds: float
    """Doubled after each try."""
    longest_delay_seconds: float

    def delay_seconds(self, failures: int, asked_for: float | None, chance: random.Random) -> float:
        """The wait after the `failures`-th failure: what the server asked for, else back-off with jitter."""
        if asked_for is not None:
            return min(asked_for, self.longest_delay_seconds)
        ceiling = min(self.longest_delay_seconds, self.first_delay_seconds * 2 ** (failures - 1))
        return chance.uniform(ceiling / 2, ceiling)


@dataclass(frozen=True, slots=True)
class Standard:
    """The floor for every agent of every team; manifests may tighten what concerns them."""

    model_retry: RetryRule = RetryRule(attempts=5, first_delay_seconds=0.5, longest_delay_seconds=30)
    """Overloads, rate limits, timeouts and broken connections."""
    task_attempts: int = 5
    """Workers that may try a task before it is escalated."""
    handoffs: int = 4
    """Hand-offs in one run before it counts as going in circles."""
    corrections: int = 2
    """Answers that do not fit and are sent back to the model before a person is asked."""
    same_call: int = 3
    """Times the very same tool call may be made in a run before it counts as no progress."""
    denials: int = 2
    """Refusals by policy before a person is asked."""
    answer_within_hours: int = 8
    """A person should have answered an escalation by then."""
    fleet: FleetLimits = field(default_factory=FleetLimits)
    """What all agents together may spend."""
