"""Every KPI once: all of them in order, those of a table of teams, and each by its id."""

from typing import Final

from muster.analysis.kpi import Kpi, Unit, target
from muster.analysis.kpis_of_money import (
    MODEL_COST,
    MODEL_COST_COMPLETED,
    OF_MONEY,
    TOTAL_COST,
    TOTAL_COST_COMPLETED,
    TOTAL_COST_DURABLE,
)
from muster.analysis.kpis_of_results import (
    ACCURACY,
    COMPLETION_RATE,
    COVERAGE,
    DURABLE_RATE,
    ESCALATION_RATE,
    FAILURE_RATE,
    OF_RESULTS,
)
from muster.analysis.kpis_of_time import OF_TIME, TIME_P50, TIME_P95

__all__ = [
    "ACCURACY",
    "BY_ID",
    "COLUMNS",
    "COMPLETION_RATE",
    "COVERAGE",
    "DURABLE_RATE",
    "ESCALATION_RATE",
    "FAILURE_RATE",
    "KPIS",
    "MODEL_COST",
    "MODEL_COST_COMPLETED",
    "TIME_P50",
    "TIME_P95",
    "TOTAL_COST",
    "TOTAL_COST_COMPLETED",
    "TOTAL_COST_DURABLE",
    "Kpi",
    "Unit",
    "target",
]

KPIS: Final = (*OF_RESULTS, *OF_TIME, *OF_MONEY)
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
