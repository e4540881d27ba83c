"""An agent may not act until a person resumes it."""

from typing import Literal

from muster.ledger.events.envelope import Event


class AgentPaused(Event):
    """An agent may not act until a person resumes it."""

    kind: Literal["agent.paused"] = "agent.paused"
    reason: str
