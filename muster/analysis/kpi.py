"""What a KPI is: what it asks, how it is computed, of what, and when there is too little to say."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from muster.analysis.measures import Measure

Unit: TypeAlias = Literal["share", "seconds", "usd", "tokens", "rating"]


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


def target(kpi: Kpi) -> str:
    """The KPI's target in words."""
    if kpi.target is None:
        return "no target set"
    return f"target {'at least' if kpi.better == 'higher' else 'under'} {kpi.target * 100:g}\u00a0%"
