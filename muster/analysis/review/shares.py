"""Intervals of single counts, for what is worked out one row at a time."""

from muster.analysis.intervals import share_of


def share_ends(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of hits / n; from 0 to 1 where `n` is 0, since then nothing is known."""
    _, low, high = share_of(hits, n)
    return (0.0, 1.0) if low is None or high is None else (low, high)


def difference(hits: int, n: int, had: int, of: int) -> tuple[float, float] | None:
    """Newcombe's 95 % interval of hits / n less had / of; None where either has no tasks."""
    if not n or not of:
        return None
    share, old = hits / n, had / of
    (low, high), (old_low, old_high) = share_ends(hits, n), share_ends(had, of)
    below = ((share - low) ** 2 + (old_high - old) ** 2) ** 0.5
    above = ((high - share) ** 2 + (old - old_low) ** 2) ** 0.5
    return share - old - below, share - old + above
