"""Human attention and the machines agents run on as a cost: recorded where it was, assumed for the rest."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl

from muster.analysis.frames import MONEY
from muster.core.errors import OperatorError
from muster.core.money import Usd, usd

_AMOUNTS: Final = (
    "minutes_per_escalation",
    "minutes_per_approval",
    "usd_per_hour",
    "usd_per_compute_hour",
)
_SECONDS_PER_HOUR: Final = 3600
_MOST: Final = 1_000_000
"""Minutes or US dollars that nobody means: more is a slip, and its sums would leave the range of money."""
_EXACT: Final = pl.Decimal(38, 6)


class AssumptionError(OperatorError):
    """An assumption has a value that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanCost:
    """What a person's and a processor's time cost; the minutes count only where none were recorded.

    Raises:
        AssumptionError: minutes or a rate is negative or beyond all measure.
    """

    minutes_per_escalation: Decimal = Decimal(12)
    """Minutes a person spends on one escalation whose time was not recorded."""
    minutes_per_approval: Decimal = Decimal(2)
    """Minutes a person spends on one approval whose time was not recorded."""
    usd_per_hour: Decimal = Decimal(42)
    """US dollars an hour of a person, loaded (pay, tax, desk)."""
    usd_per_compute_hour: Decimal = Decimal("0.04048")
    """US dollars an hour an agent is at work: one vCPU-hour, AWS Fargate list price (us-east-1).

    An agent that waits for a model uses far less than one processor, so this is more than it takes.
    """
    source: str = "assumption, not measured"
    """Where the figures come from; shown beside every number that uses them."""

    def __post_init__(self) -> None:
        for name in _AMOUNTS:
            if getattr(self, name) < 0:
                raise AssumptionError(
                    f"{name} is negative: {getattr(self, name)}",
                    do="give zero or a positive number",
                    name=name,
                )
            if getattr(self, name) > _MOST:
                raise AssumptionError(
                    f"{name} is {getattr(self, name):g}", do=f"give a number up to {_MOST:,}", name=name
                )

    @property
    def usd_per_escalation(self) -> Usd:
        """US dollars of human time in one escalation that was not timed."""
        return usd(self.minutes_per_escalation * self.usd_per_hour / 60)

    @property
    def usd_per_approval(self) -> Usd:
        """US dollars of human time in one approval that was not timed."""
        return usd(self.minutes_per_approval * self.usd_per_hour / 60)

    @property
    def label(self) -> str:
        """The assumptions in one line, for a page's footnote."""
        return (
            f"{self.minutes_per_escalation} minutes at {self.usd_per_hour} USD/h "
            f"= {self.usd_per_escalation:.2f} USD an escalation, {self.minutes_per_approval} minutes "
            f"an approval ({self.source})"
        )

    def label_of(self, minutes: float, measured_minutes: float) -> str:
        """The same, and how much of these minutes was measured and how much rests on the assumptions."""
        if minutes <= 0:
            return self.label
        if measured_minutes >= minutes:
            return f"measured ({minutes:,.0f} minutes) at {self.usd_per_hour} USD/h ({self.source})"
        share = f"{measured_minutes / minutes * 100:.0f}\u00a0%"
        return f"{share} of {minutes:,.0f} minutes measured, the rest {self.label}"


def with_human_cost(tasks: pl.LazyFrame, human: HumanCost) -> pl.LazyFrame:
    """`tasks` with what each one cost in all, to the micro-dollar.

    Frame in: `Tasks`. Frame out: the same rows plus `human_minutes` and `measured_minutes` (Float64; the
    second is the part of the first that was recorded), `usd_per_escalation`, `compute_cost_usd` (agent time
    at the price of a compute hour), `human_cost_usd` and `total_cost_usd` (Decimal(18, 6); the last is models
    + tools + compute + people); none is ever null.
    """
    seconds = pl.col("attention_seconds").fill_null(0)
    measured = seconds / 60
    assumed = pl.col("unmeasured_escalations") * float(human.minutes_per_escalation) + pl.col(
        "unmeasured_approvals"
    ) * float(human.minutes_per_approval)
    people = (
        _share_of_hour(seconds, human.usd_per_hour, 1)
        + pl.col("unmeasured_escalations") * _micro(human.usd_per_escalation)
        + pl.col("unmeasured_approvals") * _micro(human.usd_per_approval)
    )
    compute = _share_of_hour(pl.col("agent_ms"), human.usd_per_compute_hour, 1000)
    machine = pl.col("model_cost_usd") + pl.col("tool_cost_usd")
    return tasks.with_columns(
        human_minutes=measured + assumed,
        measured_minutes=measured,
        usd_per_escalation=pl.lit(human.usd_per_escalation, dtype=MONEY),
        compute_cost_usd=_dollars(compute),
        human_cost_usd=_dollars(people),
    ).with_columns(
        total_cost_usd=(machine + pl.col("compute_cost_usd") + pl.col("human_cost_usd")).cast(MONEY)
    )


def _micro(amount: Decimal) -> int:
    """Micro-dollars: whole numbers add up the same in every order."""
    return int(usd(amount) * 1_000_000)


def _share_of_hour(time: pl.Expr, usd_per_hour: Decimal, per_second: int) -> pl.Expr:
    """Micro-dollars of `time`, given in `per_second` parts of a second, half up."""
    hour = _SECONDS_PER_HOUR * per_second
    return (time * _micro(usd_per_hour) + hour // 2) // hour


def _dollars(micro: pl.Expr) -> pl.Expr:
    return (micro.cast(_EXACT) * pl.lit(Decimal("0.000001"), dtype=_EXACT)).cast(MONEY)
