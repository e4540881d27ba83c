"""KPIs of what work costs, in all and by part, and of what people and tokens go into it."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from muster.analysis.kpi import Kpi
from muster.analysis.measures import ALL, Portion, Ratio, StaffedRatio

_COMPLETED: Final = pl.col("status") == "completed"
_CALLED: Final = (pl.col("escalations") > 0) | (pl.col("approvals") > 0)
_ONE: Final = pl.col("task_id").is_not_null()
_MACHINES: Final = pl.col("model_cost_usd") + pl.col("tool_cost_usd") + pl.col("compute_cost_usd")
_PEOPLE: Final = pl.col("human_cost_usd")
_PRICE: Final = pl.col("usd_per_escalation")
_PROMPT: Final = pl.col("input_tokens") + pl.col("cache_read_tokens") + pl.col("cache_write_tokens")
_MACHINE_EVENTS: Final = "`model_call.settled`, `tool_call.settled`, `run.started`, `run.ended`"
_PEOPLE_EVENTS: Final = (
    "`escalation.raised`, `escalation.answered`, `approval.requested`, `approval.decided`; assumptions"
)


@dataclass(frozen=True, slots=True)
class _Base:
    """What a cost is divided by."""

    id: str
    name: str
    one: str
    """In a question."""
    over: str
    """Whose cost is counted; in a formula."""
    denominator: str
    per: pl.Expr | None
    """None: each row."""
    among: pl.Expr = ALL
    events: str = "`task.ended`"


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the cost."""

    id: str
    name: str
    question: str
    formula: str
    column: str
    events: str


_TASK: Final = _Base("task", "task", "one task", "", "ended tasks: completed, escalated or failed", None)
_RESULT: Final = _Base(
    "completed_task",
    "completed task",
    "one result, with the work that led to none",
    " of all ended tasks",
    "completed tasks",
    _COMPLETED,
)
_HELD: Final = _Base(
    "durable_task",
    "durable completion",
    "one result that held, with the work that led to none or did not hold",
    " of all judged tasks",
    "durably completed tasks (see Durable completion)",
    pl.col("durable"),
    pl.col("judged"),
    "`task.ended`, `task.confirmed`, `task.reopened`, `outcome.scored`",
)

_MODEL: Final = _Part(
    "model", "Model", "What do the models cost for", "cost of settled model calls", "model_cost_usd",
    "`model_call.settled`",
)  # fmt: skip
_TOOL: Final = _Part(
    "tool", "Tool", "What do the tools cost for", "cost of settled tool calls", "tool_cost_usd",
    "`tool_call.settled`",
)  # fmt: skip
_COMPUTE: Final = _Part(
    "compute", "Compute", "What does it cost to run the agents for", "agent time x price of a compute hour",
    "compute_cost_usd", "`run.started`, `run.ended`; assumptions",
)  # fmt: skip
_HUMAN: Final = _Part(
    "human", "Human", "What does the time of people cost for",
    "(recorded time + assumed minutes of escalations and approvals not timed) x hourly rate",
    "human_cost_usd", _PEOPLE_EVENTS,
)  # fmt: skip


def _part(part: _Part, base: _Base) -> Kpi:
    per = _ONE if base.per is None else base.per
    return Kpi(
        id=f"{part.id}_cost_per_{base.id}",
        name=f"{part.name} cost per {base.name}",
        question=f"{part.question} {base.one}?",
        formula=f"{part.formula}{base.over} / {base.denominator.partition(':')[0].partition(' (')[0]}",
        denominator=base.denominator,
        source=f"{part.events}; {base.events}",
        unit="usd",
        better="lower",
        min_n=10,
        measure=Ratio(of=pl.col(part.column), per=per, among=base.among),
    )


def _total(base: _Base) -> Kpi:
    return Kpi(
        id=f"total_cost_per_{base.id}",
        name=f"Total cost per {base.name}",
        question=f"What does {base.one} cost, with the people called and asked?",
        formula=(
            f"(models + tools + compute + people){base.over} / "
            f"{base.denominator.partition(':')[0].partition(' (')[0]}"
        ),
        denominator=base.denominator,
        source=f"{_MACHINE_EVENTS}, {_PEOPLE_EVENTS}; {base.events}",
        unit="usd",
        better="lower",
        min_n=10,
        measure=StaffedRatio(
            machine=_MACHINES, people=_PEOPLE, called=_CALLED, price=_PRICE, per=base.per, among=base.among
        ),
    )


MODEL_COST: Final = _part(_MODEL, _TASK)
TOOL_COST: Final = _part(_TOOL, _TASK)
COMPUTE_COST: Final = _part(_COMPUTE, _TASK)
HUMAN_COST: Final = _part(_HUMAN, _TASK)
TOTAL_COST: Final = _total(_TASK)
MODEL_COST_COMPLETED: Final = _part(_MODEL, _RESULT)
TOTAL_COST_COMPLETED: Final = _total(_RESULT)
MODEL_COST_DURABLE: Final = _part(_MODEL, _HELD)
TOOL_COST_DURABLE: Final = _part(_TOOL, _HELD)
COMPUTE_COST_DURABLE: Final = _part(_COMPUTE, _HELD)
HUMAN_COST_DURABLE: Final = _part(_HUMAN, _HELD)
TOTAL_COST_DURABLE: Final = _total(_HELD)
ATTENTION: Final = Kpi(
    id="attention_per_task",
    name="Human attention per task",
    question="How much of a person's time does one task take?",
    formula="(recorded seconds + assumed minutes of escalations and approvals not timed) / ended tasks",
    denominator=_TASK.denominator,
    source=f"{_PEOPLE_EVENTS}; `task.ended`",
    unit="seconds",
    better="lower",
    min_n=10,
    measure=Ratio(of=pl.col("human_minutes") * 60, per=_ONE),
)
TOKENS: Final = Kpi(
    id="tokens_per_completed_task",
    name="Tokens per completed task",
    question="How many tokens does one result take, with the work that led to none?",
    formula="tokens in (cached ones too) and out of all ended tasks / completed tasks",
    denominator="completed tasks",
    source="`model_call.settled`, `task.ended`",
    unit="tokens",
    better="lower",
    min_n=10,
    measure=Ratio(of=_PROMPT + pl.col("output_tokens"), per=_COMPLETED),
)
CACHED_SHARE: Final = Kpi(
    id="cached_input_share",
    name="Input served from the cache",
    question="How much of what models are told do they have already?",
    formula="tokens read from the cache / all input tokens (plain, read from and written to the cache)",
    denominator="ended tasks that sent a model at least one token",
    source="`model_call.settled`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Portion(of=pl.col("cache_read_tokens"), whole=_PROMPT),
)

OF_MONEY: Final = (
    MODEL_COST,
    TOOL_COST,
    COMPUTE_COST,
    HUMAN_COST,
    TOTAL_COST,
    MODEL_COST_COMPLETED,
    TOTAL_COST_COMPLETED,
    MODEL_COST_DURABLE,
    TOOL_COST_DURABLE,
    COMPUTE_COST_DURABLE,
    HUMAN_COST_DURABLE,
    TOTAL_COST_DURABLE,
    ATTENTION,
    TOKENS,
    CACHED_SHARE,
)
