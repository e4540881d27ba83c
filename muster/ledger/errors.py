"""What can go wrong between a caller and the record."""

from decimal import Decimal

from muster.core.errors import CallerError, OperatorError, PlatformError


class LedgerUnavailableError(PlatformError):
    """The database cannot be reached or cannot commit; what was to happen did not happen."""

    @classmethod
    def because(cls, cause: Exception) -> "LedgerUnavailableError":
        """The error for a driver's complaint, of which the first line is kept."""
        first_line = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        return cls(
            f"the ledger's database is not available: {first_line}",
            do="start it (`muster up`) or correct MUSTER_DATABASE_URL; work goes on when it is back",
        )


class BudgetExhaustedError(CallerError):
    """The intent would pass a budget; nothing was reserved and nothing may be done."""

    def __init__(self, scope: str, *, limit_usd: Decimal, committed_usd: Decimal) -> None:
        super().__init__(
            f"the budget of {scope} is out: {committed_usd} of {limit_usd} USD are spent or reserved",
            do="raise the budget in the team's manifest, or wait until tomorrow (UTC)",
        )
        self.scope = scope
        self.limit_usd = limit_usd
        self.committed_usd = committed_usd


class AgentPausedError(CallerError):
    """The agent, or its whole team, may not act at present."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} is paused", do="resume it when the cause is mended")
        self.who = who


class IntentClosedError(CallerError):
    """The intent was settled before, or never made."""

    def __init__(self, intent_id: str) -> None:
        super().__init__(f"there is no open intent {intent_id}")
        self.intent_id = intent_id


class EventRefusedError(CallerError):
    """The event cannot be written as it is: text that is not valid Unicode, or a NUL character."""


class NotMigratedError(OperatorError):
    """The database is there and holds no ledger."""
