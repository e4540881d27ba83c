"""An act was carried out on a person's word, which is spent by it."""

from typing import Literal

from muster.ledger.events.envelope import Event


class ApprovalUsed(Event):
    """An act was carried out on a person's word, which is spent by it."""

    kind: Literal["approval.used"] = "approval.used"
    approval_id: str
    call_id: str
    """The attempt that used it."""
