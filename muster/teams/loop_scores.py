"""How well the loop breaker tells loops from work, counted on labelled traces."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from muster.analysis.intervals import wilson
from muster.teams.loop_traces import Trace
from muster.teams.loop_watch import LoopWatch
from muster.teams.standard_rules import LoopRules

Verdict = Literal["caught", "let_through", "missed", "false_alarm", "too_early"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the loop breaker made of one trace."""

    trace: Trace
    verdict: Verdict
    """caught, let_through: right. missed: a loop went on. false_alarm: work was stopped. too_early: a run
    was stopped before its loop began; it counts against precision and recall."""
    calls: int | None
    """Calls made when it was stopped; null when it was not."""
    reason: str | None

    @property
    def wasted_calls(self) -> int | None:
        """Calls made in the loop before it was stopped; null when it was not caught."""
        if self.verdict != "caught" or self.calls is None or self.trace.loop_begins is None:
            return None
        return self.calls - self.trace.loop_begins


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval (Wilson); all null when there is nothing to count."""

    hits: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one set of traces."""

    traces: int
    loops: int
    precision: Rate
    """Of the runs it stopped, those that were in a loop."""
    recall: Rate
    """Of the loops, those it stopped, and not before they began."""
    false_alarms: Rate
    """Of the runs that are work, those it stopped."""
    wasted_calls_median: float | None
    """Calls in a loop before it was stopped, in the middle case."""


def judge(trace: Trace, rules: LoopRules) -> Judged:
    """What a loop breaker with those rules makes of the trace."""
    watch = LoopWatch(rules, trace.task)
    for calls, call in enumerate(trace.calls, start=1):
        reason = watch.saw(call.agent, call.tool, call.arguments, call.result, call.status, call.effect)
        if reason is not None:
            return Judged(trace, _stopped(trace, calls), calls, reason)
    return Judged(trace, "let_through" if trace.loop_begins is None else "missed", None, None)


def _stopped(trace: Trace, calls: int) -> Verdict:
    if trace.loop_begins is None:
        return "false_alarm"
    return "caught" if calls > trace.loop_begins else "too_early"


def score(judged: Sequence[Judged]) -> Score:
    """The figures of those traces together."""
    caught = _number(judged, "caught")
    stopped = caught + _number(judged, "false_alarm") + _number(judged, "too_early")
    loops = sum(one.trace.loop_begins is not None for one in judged)
    wasted = pl.Series([one.wasted_calls for one in judged], dtype=pl.Int64).drop_nulls()
    middle = wasted.median()
    return Score(
        traces=len(judged),
        loops=loops,
        precision=_rate(caught, stopped),
        recall=_rate(caught, loops),
        false_alarms=_rate(_number(judged, "false_alarm"), len(judged) - loops),
        wasted_calls_median=middle if isinstance(middle, float) else None,
    )


def _number(judged: Iterable[Judged], verdict: Verdict) -> int:
    return sum(one.verdict == verdict for one in judged)


def _rate(hits: int, of: int) -> Rate:
    if of == 0:
        return Rate(hits, of, None, None, None)
    low, high = wilson(pl.lit(hits), pl.lit(of))
    ends = pl.select(low=low, high=high)
    return Rate(hits, of, hits / of, ends.item(0, "low"), ends.item(0, "high"))


def sets(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """The traces by set, the held-out ones, on which the rules were not tuned, first."""
    named = {
        f"{'held out' if held_out else 'tuned on'}, {source}": [
            one for one in judged if one.trace.held_out is held_out and one.trace.source == source
        ]
        for held_out in (True, False)
        for source in ("written", "generated")
    }
    held_out = [one for one in judged if one.trace.held_out]
    return {"held out, all": held_out, **{name: some for name, some in named.items() if some}}
