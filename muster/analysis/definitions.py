"""Every KPI once: what it asks, how it is computed, of what, and when there is too little to say."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import polars as pl

from muster.analysis.measures import Measure, Quantile, Ratio, Share, StaffedRatio

Unit: TypeAlias = Literal["share", "seconds", "usd"]

_EVERY: Final = pl.lit(True)
_COMPLETED: Final = pl.col("status") == "completed"
_CALLED: Final = pl.col("escalations") > 0
_ESCALATED: Final = (pl.col("status") == "escalated") | _CALLED
_ONE: Final = pl.col("task_id").is_not_null()
_SCORED: Final = pl.col("truth").is_not_null()
_SECONDS: Final = pl.col("total_ms") / 1000
_MACHINE_COST: Final = pl.col("model_cost_usd") + pl.col("tool_cost_usd")
_HUMAN_COST: Final = pl.col("human_cost_usd")
_PRICE: Final = pl.col("usd_per_escalation")
_MODEL_COST: Final = pl.col("model_cost_usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """The definition of one KPI; `measure` computes it from ended tasks."""

    id: str
    name: str
    question: str
    formula: str
    denominator: str
    """What n counts."""
    source: str
    """The events it comes from."""
    unit: Unit
    better: Literal["higher", "lower"]
    min_n: int
    """Below this n there is neither value nor interval: too few."""
    measure: Measure
    target: float | None = None
    """In the KPI's unit; None where the company has set none."""


COMPLETION_RATE: Final = Kpi(
    id="completion_rate",
    name="Completion rate",
    question="How much of the work do the agents finish by themselves or with a person's answer?",
    formula="completed tasks / ended tasks",
    denominator="ended tasks: completed, escalated or failed",
    source="`task.ended`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=_COMPLETED, among=_EVERY),
)
ESCALATION_RATE: Final = Kpi(
    id="escalation_rate",
    name="Escalation rate",
    question="How much of the work needs a person?",
    formula="tasks that ended escalated or ever called a person / ended tasks",
    denominator="ended tasks: completed, escalated or failed",
    source="`task.ended`, `escalation.raised`",
    unit="share",
    better="lower",
    min_n=10,
    measure=Share(of=_ESCALATED, among=_EVERY),
    target=0.10,
)
FAILURE_RATE: Final = Kpi(
    id="failure_rate",
    name="Failure rate",
    question="How much of the work ends with neither a result nor a person?",
    formula="failed tasks / ended tasks",
    denominator="ended tasks: completed, escalated or failed",
    source="`task.ended`",
    unit="share",
    better="lower",
    min_n=10,
    measure=Share(of=pl.col("status") == "failed", among=_EVERY),
)
TIME_P50: Final = Kpi(
    id="time_to_completion_p50",
    name="Time to completion, p50",
    question="How long does the usual task take, from its arrival to its result?",
    formula="50th percentile (nearest rank) of end less arrival",
    denominator="completed tasks whose arrival is recorded",
    source="`task.queued`, `task.ended`",
    unit="seconds",
    better="lower",
    min_n=10,
    measure=Quantile(of=_SECONDS, p=0.5, among=_COMPLETED),
)
TIME_P95: Final = Kpi(
    id="time_to_completion_p95",
    name="Time to completion, p95",
    question="How long does one task in twenty take at least?",
    formula="95th percentile (nearest rank) of end less arrival",
    denominator="completed tasks whose arrival is recorded",
    source="`task.queued`, `task.ended`",
    unit="seconds",
    better="lower",
    min_n=20,
    measure=Quantile(of=_SECONDS, p=0.95, among=_COMPLETED),
)
MODEL_COST: Final = Kpi(
    id="model_cost_per_task",
    name="Model cost per task",
    question="What do the models cost for one task?",
    formula="cost of settled model calls / ended tasks",
    denominator="ended tasks: completed, escalated or failed",
    source="`model_call.settled`, `task.ended`",
    unit="usd",
    better="lower",
    min_n=10,
    measure=Ratio(of=_MODEL_COST, per=_ONE),
)
TOTAL_COST: Final = Kpi(
    id="total_cost_per_task",
    name="Total cost per task",
    question="What does one task cost, with the people it calls?",
    formula="(models + tools + escalations x minutes x hourly rate) / ended tasks",
    denominator="ended tasks: completed, escalated or failed",
    source="`model_call.settled`, `tool_call.settled`, `escalation.raised`, `task.ended`; assumptions",
    unit="usd",
    better="lower",
    min_n=10,
    measure=StaffedRatio(machine=_MACHINE_COST, people=_HUMAN_COST, called=_CALLED, price=_PRICE),
)
MODEL_COST_COMPLETED: Final = Kpi(
    id="model_cost_per_completed_task",
    name="Model cost per completed task",
    question="What do the models cost for one result, with the work that led to none?",
    formula="cost of settled model calls of all ended tasks / completed tasks",
    denominator="completed tasks",
    source="`model_call.settled`, `task.ended`",
    unit="usd",
    better="lower",
    min_n=10,
    measure=Ratio(of=_MODEL_COST, per=_COMPLETED),
)
TOTAL_COST_COMPLETED: Final = Kpi(
    id="total_cost_per_completed_task",
    name="Total cost per completed task",
    question="What does one result cost, with the people called and the work that led to none?",
    formula="(models + tools + escalations x minutes x hourly rate) of all ended tasks / completed tasks",
    denominator="completed tasks",
    source="`model_call.settled`, `tool_call.settled`, `escalation.raised`, `task.ended`; assumptions",
    unit="usd",
    better="lower",
    min_n=10,
    measure=StaffedRatio(
        machine=_MACHINE_COST, people=_HUMAN_COST, called=_CALLED, price=_PRICE, per=_COMPLETED
    ),
)
ACCURACY: Final = Kpi(
    id="accuracy",
    name="Accuracy",
    question="How often is the outcome the right one?",
    formula="tasks scored correct / tasks scored",
    denominator="ended tasks whose outcome was held against a known truth",
    source="`outcome.scored`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=pl.col("truth") == "correct", among=_SCORED),
    target=0.95,
)

KPIS: Final = (
    COMPLETION_RATE,
    ESCALATION_RATE,
    FAILURE_RATE,
    ACCURACY,
    TIME_P50,
    TIME_P95,
    MODEL_COST,
    TOTAL_COST,
    MODEL_COST_COMPLETED,
    TOTAL_COST_COMPLETED,
)
COLUMNS: Final = (
    COMPLETION_RATE,
    ESCALATION_RATE,
    ACCURACY,
    TIME_P50,
    TIME_P95,
    MODEL_COST,
    TOTAL_COST_COMPLETED,
)
"""The KPIs of a table of teams, in order."""
BY_ID: Final = {kpi.id: kpi for kpi in KPIS}


def target(kpi: Kpi) -> str:
    """The KPI's target in words."""
    if kpi.target is None:
        return "no target set"
    return f"target {'at least' if kpi.better == 'higher' else 'under'} {kpi.target * 100:g}\u00a0%"
