"""A person sent a quarantined message through intake again."""

from typing import Literal

from muster.ledger.events.envelope import Event


class MessageRequeued(Event):
    """A person sent a quarantined message through intake again."""

    kind: Literal["message.requeued"] = "message.requeued"
    quarantine_id: str
