"""What can go wrong between a caller and the record."""

from decimal import Decimal
from typing import Literal

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


BudgetUnit = Literal["usd", "calls"]


class BudgetExhaustedError(CallerError):
    """The intent would pass a budget; nothing was reserved and nothing may be done."""

    def __init__(self, scope: str, *, limit: Decimal, committed: Decimal, unit: BudgetUnit) -> None:
        word = "USD" if unit == "usd" else "calls"
        super().__init__(
            f"the budget of {scope} is out: {committed} of {limit} {word} are spent or reserved",
            do="raise the budget where it is set, or wait until tomorrow (UTC)",
        )
        self.scope = scope
        self.limit = limit
        self.committed = committed
        """Spent and reserved, in `unit`."""
        self.unit = unit


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


class CallBegunError(CallerError):
    """The run began a call of this id before, and may make it once only; nothing was recorded."""

    def __init__(self, run_id: str, call_id: str) -> None:
        super().__init__(
            f"call {call_id} of run {run_id} was begun before and is not made again",
            do="read what came of it in the run's record",
        )


class EventRefusedError(CallerError):
    """The event cannot be written as it is: text that is not valid Unicode, or a NUL character."""


class NotMigratedError(OperatorError):
    """The database is there and holds no ledger."""


class IntentUsedError(PlatformError):
    """A permission to act once was about to be used a second time; nothing was done."""

    def __init__(self, intent_id: str) -> None:
        super().__init__(f"the intent {intent_id} was used before", do="record a new intent for a new act")
        self.intent_id = intent_id


class NothingPausedError(CallerError):
    """Nobody of that name can be paused or resumed."""


class MonthKeptError(CallerError):
    """A month cannot leave the record yet."""

    def __init__(self, month: str, why: str) -> None:
        super().__init__(
            f"{month} stays: {why}",
            do="a month may go when it is sealed, mirrored, and older than the retention floor",
        )
        self.month = month
        self.why = why
