"""An agent, a team or the fleet may act again."""

from typing import Literal

from muster.ledger.events.envelope import Event


class AgentResumed(Event):
    """An agent, a team or the fleet may act again."""

    kind: Literal["agent.resumed"] = "agent.resumed"
    who: str
    """`support/desk` for an agent, `support` for a team, `fleet` for everybody."""
    reason: str
    """Why it may, for whoever reads it later."""
