"""What stands in `company.yaml` and in a team's file of assumptions."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from muster.reports.assumptions import entries

Currency = Literal["USD"]
"""The ledger's money is US dollars, so these are too."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class CompanyAssumptions(_File):
    """What holds for every team that does not say otherwise."""

    currency: Currency
    loaded_rate: entries.UsdAnHour
    """An hour of a person: pay, tax, desk."""
    minutes_per_escalation: entries.MinutesAnEscalation
    minutes_per_approval: entries.MinutesAnApproval
    minutes_per_rework: entries.MinutesAnError
    """To find and undo one wrong result; doing it again by hand is counted apart."""
    compute_price: entries.UsdAnHour
    """An hour in which an agent is at work."""
    discount_rate: entries.ShareAYear


class UntilMeasured(_File):
    """What the ledger will know; these stand in until it has seen enough."""

    completion_rate: entries.Share | None = None
    error_rate: entries.Share | None = None
    """Of results."""
    answered_calls: entries.CallsATask | None = None
    """Calls on a person after which the team goes on."""
    approvals: entries.ApprovalsATask | None = None
    machine_cost: entries.UsdATask | None = None


class TeamAssumptions(_File):
    """One team's figures; what is left out is the company's."""

    team: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    currency: Currency
    horizon_months: Annotated[int, Field(ge=1, le=120, strict=True)] = 36
    """How far the calculation looks ahead."""
    volume: entries.TasksAMonth
    """Used until the ledger covers a month."""
    minutes_by_hand: entries.MinutesATask
    capture_share: entries.Share
    """Of freed time, what turns into money."""
    build_cost: entries.Usd
    run_cost: entries.UsdAMonth
    ramp: entries.Months
    error_cost: entries.UsdAnError
    loaded_rate: entries.UsdAnHour | None = None
    discount_rate: entries.ShareAYear | None = None
    minutes_per_escalation: entries.MinutesAnEscalation | None = None
    minutes_per_approval: entries.MinutesAnApproval | None = None
    minutes_per_rework: entries.MinutesAnError | None = None
    until_measured: UntilMeasured = UntilMeasured()
