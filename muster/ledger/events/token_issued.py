"""An outside client got a token."""

from typing import Literal

from pydantic import AwareDatetime

from muster.ledger.events.envelope import Event


class TokenIssued(Event):
    """An outside client got a token."""

    kind: Literal["token.issued"] = "token.issued"
    client: str
    token_sha256: str
    """Of the token, which nobody keeps."""
    label: str
    """What it is for, in its owner's words."""
    expires_at: AwareDatetime
