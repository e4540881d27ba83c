"""Human attention as a cost: what an escalation takes of a person."""

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from muster.analysis.frames import MONEY
from muster.core.errors import OperatorError
from muster.core.money import Usd, usd


class AssumptionError(OperatorError):
    """An assumption has a value that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanCost:
    """Minutes and rate of the people who take escalations: assumed until their minutes are recorded.

    Raises:
        AssumptionError: minutes or rate is negative.
    """

    minutes_per_escalation: Decimal = Decimal(12)
    """Minutes a person spends on one escalation."""
    usd_per_hour: Decimal = Decimal(42)
    """US dollars an hour, loaded (pay, tax, desk)."""
    source: str = "assumption, not measured"
    """Where the two figures come from; shown beside every number that uses them."""

    def __post_init__(self) -> None:
        for name in ("minutes_per_escalation", "usd_per_hour"):
            if getattr(self, name) < 0:
                raise AssumptionError(
                    f"{name} is negative: {getattr(self, name)}",
                    do="give zero or a positive number",
                    name=name,
                )

    @property
    def usd_per_escalation(self) -> Usd:
        """US dollars of human time in one escalation."""
        return usd(self.minutes_per_escalation * self.usd_per_hour / 60)

    @property
    def label(self) -> str:
        """The assumption in one line, for a page's footnote."""
        return (
            f"{self.minutes_per_escalation} minutes at {self.usd_per_hour} USD/h "
            f"= {self.usd_per_escalation:.2f} USD an escalation ({self.source})"
        )


def with_human_cost(tasks: pl.LazyFrame, human: HumanCost) -> pl.LazyFrame:
    """`tasks` with what each one cost in all.

    Frame in: `Tasks`. Frame out: the same rows plus `human_minutes` (Float64), `usd_per_escalation`,
    `human_cost_usd` and `total_cost_usd` (Decimal(18, 6); the last is models + tools + people); none is ever
    null.
    """
    escalations = pl.col("escalations")
    machine = pl.col("model_cost_usd") + pl.col("tool_cost_usd")
    return tasks.with_columns(
        human_minutes=escalations * float(human.minutes_per_escalation),
        usd_per_escalation=pl.lit(human.usd_per_escalation, dtype=MONEY),
        human_cost_usd=(escalations.cast(MONEY) * pl.lit(human.usd_per_escalation, dtype=MONEY)).cast(MONEY),
    ).with_columns(total_cost_usd=(machine + pl.col("human_cost_usd")).cast(MONEY))
