"""A token was ended before its time."""

from typing import Literal

from muster.ledger.events.envelope import Event


class TokenRevoked(Event):
    """A token was ended before its time."""

    kind: Literal["token.revoked"] = "token.revoked"
    client: str
    token_sha256: str
    reason: str
