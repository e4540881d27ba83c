"""How a team's work can stop short of its end."""

from muster.core.errors import CallerError, OperatorError, PlatformError
from muster.ledger.events import EscalationReason


class PersonNeededError(CallerError):
    """An escalation rule fired: the run ends, and a person goes on."""

    def __init__(
        self,
        reason: EscalationReason,
        detail: str,
        *,
        summary: str | None = None,
        proposed_action: str | None = None,
        confidence: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.summary = summary
        self.proposed_action = proposed_action
        self.confidence = confidence


class ParkedError(PlatformError):
    """Somebody the run needs is halted; it goes on, from what is recorded, when they are resumed."""

    def __init__(self, waiting_for: str, reason: str) -> None:
        resume = f"muster agent resume {waiting_for} --reason …"
        super().__init__(f"{waiting_for} is halted: {reason}", do=resume)
        self.waiting_for = waiting_for
        """`support/desk`, `support` or `fleet`; or an approval, `apr_…`."""
        self.reason = reason
        self.summary = f"waits until {waiting_for} may act again: {reason}"
        """For whoever looks at the work later."""


class ApprovalPendingError(ParkedError):
    """A call waits for a person's word; the run goes on, from what is recorded, when they have given it."""

    def __init__(self, approval_id: str, reason: str) -> None:
        super().__init__(approval_id, reason)
        self.what = f"{approval_id} waits for a person: {reason}"
        self.do = f"muster inbox show {approval_id}"
        self.summary = self.what


class TeamUnknownError(CallerError):
    """No team of that name is deployed."""


class WorkInterruptedError(PlatformError):
    """A part the work needs is away; the task goes back to the queue and nothing is lost."""


class SpendingFileError(OperatorError):
    """The company's own spending limits cannot be read."""
