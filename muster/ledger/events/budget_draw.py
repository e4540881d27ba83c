"""What an intent draws on: a purse, its period and its limits."""

from pydantic import BaseModel, ConfigDict

from muster.ledger.events.envelope import NonNegative


class BudgetDraw(BaseModel):
    """A budget an intent reserves from, as it was limited at that moment."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    scope: str
    """Such as `agent:support/desk`, `team:support`, `fleet` or `task:tsk_…`."""
    period: str
    """A day (UTC) as `YYYY-MM-DD`, or `task` for a task's life."""
    limit_usd: str | None = None
    """Null when dollars are not limited."""
    limit_calls: NonNegative | None = None
    """Null when calls are not limited."""
