"""An agent, a team or the fleet finishes what it has in hand and takes nothing new."""

from typing import Literal

from muster.ledger.events.envelope import Event


class AgentDraining(Event):
    """An agent, a team or the fleet finishes what it has in hand and takes nothing new."""

    kind: Literal["agent.draining"] = "agent.draining"
    who: str
    """`support/desk` for an agent, `support` for a team, `fleet` for everybody."""
    reason: str
