"""What a scored outcome says about an end that did not happen."""

from muster.ledger.events import OutcomeScored


def looked_at(scored: OutcomeScored | None) -> int | None:
    """Wrong outcomes less when a person looks at what nobody looked at: -1, 0, or null when not scored."""
    if scored is None:
        return None
    return 0 if scored.correct else -1


def let_through(scored: OutcomeScored | None) -> int | None:
    """Wrong outcomes more when nobody looks at what a person was called for; null when that is not known.

    Known where the truth names the end: a task that had to go to a person is wrong without one, and one that
    went to a person for nothing is right when that was all that was wrong with it.
    """
    if scored is None:
        return None
    if scored.expected != "completed":
        return 1
    only_the_end = scored.actual != scored.expected and len(scored.mistakes) <= 1
    return 0 if only_the_end else 1
