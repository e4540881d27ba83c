"""One proposal: what to do, what the record shows, and what it would bring, with the arithmetic."""

from dataclasses import dataclass

from muster.analysis.figures import duration, interval, money


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row of `Proposed actions`, column by column."""

    kind: str
    team: str | None
    what: str
    why: str
    arithmetic: str
    effect: str
    tasks: float | None
    tasks_low: float
    tasks_high: float
    usd: float | None
    usd_low: float
    usd_high: float
    n: int
    examples: list[str]


def saving(
    kind: str,
    team: str | None,
    what: str,
    why: str,
    counted: tuple[int, str, float | None, tuple[float, float], int],
    each: tuple[float, float],
    examples: list[str],
) -> Proposal:
    """A proposal that saves people's time: a count, the share of it that would go, and what one takes.

    Args:
        counted: how many, what they are, the share that would go (None when the record does not say),
            the ends of that share's interval, and the n it was found in.
        each: minutes and US dollars of one.
    """
    count, noun, point, (low, high), n = counted
    minutes, usd = each
    seconds = count * minutes * 60
    shares, times = interval(low, high, "share"), interval(low * seconds, high * seconds, "seconds")
    if point is not None:
        shares = f"{point * 100:.1f}\u00a0% ({shares})"
        times = f"{duration(point * seconds)} ({times})"
    arithmetic = f"{count} {noun} × {shares} × {minutes:.1f} min = {times}; {money(usd)} each"
    dollars = None if point is None else count * point * usd
    ends = interval(count * low * usd, count * high * usd, "usd")
    unknown = f"{ends} saved; where in between, nobody knows yet"
    saved = unknown if dollars is None else f"{money(dollars)} saved ({ends})"
    time = "" if point is None else f", {duration(point * seconds)} of people's time"
    return Proposal(
        kind,
        team,
        what,
        why,
        arithmetic,
        saved + time,
        None if point is None else count * point,
        count * low,
        count * high,
        dollars,
        count * low * usd,
        count * high * usd,
        n,
        examples,
    )


def flat(kind: str, team: str | None, what: str, why: str, arithmetic: str, effect: str, n: int) -> Proposal:
    """A proposal that saves no people's time by itself."""
    return Proposal(kind, team, what, why, arithmetic, effect, None, 0.0, 0.0, None, 0.0, 0.0, n, [])
