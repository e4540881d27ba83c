"""An agent, a team or the fleet may not act until it is resumed or its pause runs out."""

from typing import Literal

from pydantic import AwareDatetime

from muster.ledger.events.envelope import Event


class AgentPaused(Event):
    """An agent, a team or the fleet may not act until it is resumed or its pause runs out."""

    kind: Literal["agent.paused"] = "agent.paused"
    who: str
    """`support/desk` for an agent, `support` for a team, `fleet` for everybody."""
    reason: str
    paused_until: AwareDatetime | None = None
    """When it ends by itself; null when only a person ends it."""
