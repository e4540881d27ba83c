"""Figures that are not shares or means of ended tasks, described as the KPIs are, for the reference page."""

from dataclasses import dataclass
from typing import Final

from muster.analysis.change_points import ALPHA, MIN_SEGMENT
from muster.analysis.reliability import MIN_RUNS, MIN_RUNS_TO_BURN
from muster.analysis.restoring import MIN_OUTAGES, MIN_TO_BOUND
from muster.analysis.rolling import DAYS, MIN_EVALUATIONS
from muster.analysis.slo import PROMISED, SYSTEM_FAILURES

_RUN_EVENTS: Final = (
    "`task.queued`, `run.started`, `task.parked`, `task.woken`, `escalation.raised`, `task.ended`"
)
_FAILURES: Final = ", ".join(f"`{reason}`" for reason in SYSTEM_FAILURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that has a frame of its own."""

    name: str
    question: str
    formula: str
    denominator: str
    unit: str
    interval: str
    too_few: str
    source: str
    computed_by: str
    """The function that makes it, from `muster.analysis`."""


FIGURES: Final = (
    Figure(
        name="Availability (uptime of agents)",
        question="How often does a run begin on time, end in time and not fail for reasons of ours?",
        formula=(
            "good runs / judged runs. Good: begun within the promise after arrival, at work no longer than "
            f"promised, not failed and not escalated for {_FAILURES}. Waiting for a person is no downtime; "
            "waiting for a halt before the start is"
        ),
        denominator="runs that ended (not cancelled), and those that should have begun and have not",
        unit="share, shown in percent; promised unless a team has its own: "
        f"begin within {PROMISED.start_within_s} s, work within {PROMISED.work_within_s} s, "
        f"{PROMISED.objective * 100:g} % of runs",
        interval="Wilson score; `met` or `missed` only when all of it is on one side of the objective",
        too_few=f"n = {MIN_RUNS}",
        source=_RUN_EVENTS,
        computed_by="slo.judged_runs, reliability.availability",
    ),
    Figure(
        name="Error budget left",
        question="How much of the failures the objective allows is not used up yet?",
        formula="1 - bad runs / (judged runs x (1 - objective)); below 0 when overspent",
        denominator="as availability",
        unit="share, shown in percent",
        interval="none of its own: read it with availability's",
        too_few=f"n = {MIN_RUNS}",
        source=_RUN_EVENTS,
        computed_by="reliability.availability",
    ),
    Figure(
        name="Burn rate",
        question="How many times too fast is the error budget being spent, and must somebody be woken?",
        formula=(
            "(bad runs / judged runs) / (1 - objective) over 1 h, 6 h and 3 d up to now; an alert when the "
            "window and its last twelfth both reach 14.4, 6 (page) or 1 (ticket): multiwindow, "
            "multi-burn-rate alerts of the Site Reliability Workbook, chapter 5"
        ),
        denominator="runs judged in the window",
        unit="times",
        interval="none: a rate of a short window",
        too_few=f"n = {MIN_RUNS_TO_BURN} in the window",
        source=_RUN_EVENTS,
        computed_by="reliability.burn_rates",
    ),
    Figure(
        name="Time to restore (MTTR)",
        question="How long until a team is good again?",
        formula="mean and median of the time from a team's first bad run to its next good one",
        denominator="restored outages; those that last are counted apart",
        unit="seconds",
        interval="mean: bias-corrected accelerated bootstrap, seeded; median: order statistics",
        too_few=f"n = {MIN_OUTAGES}; the mean has an interval from n = {MIN_TO_BOUND}",
        source=_RUN_EVENTS,
        computed_by="restoring.outages, restoring.time_to_restore",
    ),
    Figure(
        name=f"Rolling accuracy, {DAYS} days",
        question="Is an agent still as right as it was, how fast is it and how busy?",
        formula=(
            f"tasks scored correct / tasks scored, of the {DAYS} days up to each day; beside it the tasks "
            "that ended and p50 and p95 of agent time; drift when it differs from the window before at 99.9 %"
        ),
        denominator="the agent's scored tasks of the window",
        unit="share, shown in percent",
        interval="Wilson score; of the change between windows: Newcombe",
        too_few=f"n = {MIN_EVALUATIONS}",
        source="`outcome.scored`, `model_call.settled`, `task.ended`",
        computed_by="rolling.rolling_accuracy",
    ),
    Figure(
        name="Change point",
        question="Did the level of a KPI change, and when?",
        formula=(
            "binary segmentation on the standardized difference of means, buckets weighted by n; a "
            f"permutation test at {ALPHA * 100:g} %, halved on either side of a change"
        ),
        denominator=f"buckets with enough tasks; a level lasts {MIN_SEGMENT} of them at least",
        unit="that of the KPI",
        interval="p-value; promised for buckets that do not depend on one another",
        too_few=f"{2 * MIN_SEGMENT} buckets",
        source="the KPI table in buckets",
        computed_by="change_points.change_points",
    ),
    Figure(
        name="Saved by the cache",
        question="What did the prompt cache save, and where did it not pay?",
        formula="(what all prompt tokens would cost uncached) - (what they cost as read, written and plain)",
        denominator="answered model calls of models with a known price",
        unit="US dollars",
        interval="none: a sum, not a sample",
        too_few="never",
        source="`model_call.settled`; the price table",
        computed_by="cache_savings.cache_savings",
    ),
)
