"""An agent gave a part of its work to a colleague and waits for the answer."""

from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative


class DelegationMade(Event):
    """An agent gave a part of its work to a colleague and waits for the answer."""

    kind: Literal["delegation.made"] = "delegation.made"
    delegation_id: str
    from_agent: str
    to_agent: str
    ask: str
    depth: NonNegative
    """1 when the agent that asks is not itself working for a colleague."""
