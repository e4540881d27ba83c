"""People's time and compute as the figures of the dashboard count them, from `company.yaml`."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from muster.analysis.human import HumanCost
from muster.reports.assumptions.load import COMPANY, decimal_mean, load_company
from muster.reports.assumptions.model import CompanyAssumptions


def human_cost(company: CompanyAssumptions) -> HumanCost:
    """What an escalation, an approval and an hour of compute cost on average."""
    told: dict[str, Any] = {
        "minutes_per_escalation": decimal_mean(company.minutes_per_escalation),
        "minutes_per_approval": decimal_mean(company.minutes_per_approval),
        "usd_per_hour": decimal_mean(company.loaded_rate),
        "usd_per_compute_hour": decimal_mean(company.compute_price),
        "source": f"assumption in {COMPANY}, not measured",
    }
    counted = {field.name for field in fields(HumanCost)}
    return HumanCost(**{name: value for name, value in told.items() if name in counted})


def load_human_cost(folder: Path) -> HumanCost:
    """The same, read from the folder of assumptions.

    Raises:
        AssumptionsFileError: `company.yaml` cannot be used.
    """
    return human_cost(load_company(folder))
