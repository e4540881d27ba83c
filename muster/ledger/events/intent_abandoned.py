"""An act that was begun was never heard of again; what it held back is free."""

from typing import Literal

from muster.ledger.events.envelope import Event


class IntentAbandoned(Event):
    """An act that was begun was never heard of again; what it held back is free."""

    kind: Literal["intent.abandoned"] = "intent.abandoned"
    intent_id: str
    """The event id of the intent."""
    call_id: str
    act: Literal["model", "tool"]
    released_usd: str
    """Given back to every budget the intent drew on. An outcome that comes after all is still taken."""
