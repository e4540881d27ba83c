"""What is known about where the values of one call come from."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where the values of a call come from, and what a person should look at."""

    origins: dict[str, str] = field(default_factory=dict)
    """By argument: `task`, `known`, `row shop__get_order (1.0.ab)`, `rule own-order`, `decided`, `free text`,
    `default`, `currency`, `idempotency key` or `unexplained`."""
    held: tuple[str, ...] = ()
    """Sentences on controlling values nobody vouches for; empty for a read that sends nothing out."""
    disclosure: tuple[str, ...] = ()
    """Sentences on what free text could carry out of the company or lead its reader to."""
    unvouched: frozenset[str] = frozenset()
    """Values the call would write that nobody vouches for, in the spelling `rests_on` and `distrust` use."""
    rests_on: frozenset[tuple[str, str]] = frozenset()
    """(server, value): what systems said that the explanation rests on."""
