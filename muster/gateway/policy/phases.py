"""The phases in order; apart from the rule, so that a page that shows them need not load the gateway."""

from typing import get_args

from muster.ledger.events import Phase

PHASES: tuple[Phase, ...] = get_args(Phase)
"""From the least to the most an agent may do alone."""


def lower(one: Phase, other: Phase) -> Phase:
    """Whichever of two phases lets an agent do less alone."""
    return min(one, other, key=PHASES.index)
