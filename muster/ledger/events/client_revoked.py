"""An outside client may do nothing any more."""

from typing import Literal

from muster.ledger.events.envelope import Event


class ClientRevoked(Event):
    """An outside client may do nothing any more."""

    kind: Literal["client.revoked"] = "client.revoked"
    client: str
    reason: str
