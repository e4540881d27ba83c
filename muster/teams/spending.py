"""What agents may spend: the company's own limits, and the budgets a model call draws on."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muster.ledger.intents import BudgetLimit
from muster.teams.errors import SpendingFileError
from muster.teams.manifest_model import AgentManifest, TeamManifest

Limit = Annotated[Decimal, Field(gt=0)]


class FleetLimits(BaseModel):
    """Limits above every team's own, as `budgets.yaml` sets them."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    usd_per_day: Limit = Decimal(200)
    """US dollars all agents together may spend on models in a UTC day."""
    model_calls_per_day: int | None = Field(default=None, ge=1)
    """Model calls of all agents together in a UTC day; any number when left out."""
    usd_per_call: Limit = Decimal("2.00")
    """US dollars a single model call may cost at most."""


def load_fleet_limits(file: Path) -> FleetLimits:
    """The limits in `file`; the defaults when there is no such file.

    Raises:
        SpendingFileError: it cannot be read, or holds something else.
    """
    if not file.exists():
        return FleetLimits()
    try:
        return FleetLimits.model_validate(YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {})
    except (OSError, YAMLError) as error:
        raise SpendingFileError(str(error).splitlines()[0], where=str(file)) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SpendingFileError(f"{name}: {first['msg']}", where=str(file)) from error


def budgets_of_call(
    agent: AgentManifest, team: TeamManifest, task_id: str, fleet: FleetLimits
) -> tuple[BudgetLimit, ...]:
    """Every budget a model call of `agent` for the task draws on."""
    own = agent.budget
    per_call = fleet.usd_per_call if own.usd_per_call is None else min(own.usd_per_call, fleet.usd_per_call)
    return (
        BudgetLimit(f"call of {team.team}/{agent.name}", per_call, period="call"),
        BudgetLimit(f"task:{task_id}/{agent.name}", own.usd_per_task, own.model_calls_per_task, "task"),
        BudgetLimit(f"agent:{team.team}/{agent.name}", own.usd_per_day, own.model_calls_per_day),
        BudgetLimit(f"team:{team.team}", team.budget.usd_per_day, team.budget.model_calls_per_day),
        BudgetLimit("fleet", fleet.usd_per_day, fleet.model_calls_per_day),
    )
