"""Who is calling, and what its manifest grants."""

from dataclasses import dataclass
from typing import Literal

from muster.ledger.events import EventContext, Phase

Tier = Literal["ingestion", "negotiation", "reconciliation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An agent's rights, as its team's deployed manifest gives them."""

    tier: Tier
    tools: frozenset[str]
    """Names as agents see them: `<server>__<tool>`."""
    phase: Phase = "co-pilot"
    """The most the manifest lets it do alone, whatever it was granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The agent run a token stands for."""

    team: str
    agent: str
    run_id: str | None
    task_id: str | None
    policy_revision: str
    """The team version whose grants hold: `<team>@<version>`."""
    calls_made: int = 0
    """Tool calls of this run so far, refused ones included."""
    halted_by: str | None = None
    """Whose pause holds at this moment: `fleet`, the team or `team/agent`; null when the agent may act."""
    client: bool = False
    """Whether it is no agent of a team but a person's or program's own client."""
    phase: Phase | None = None
    """The phase it was granted, as of this moment; null when nobody decided about it yet."""

    @property
    def where(self) -> EventContext:
        """Who and where, for the ledger."""
        return EventContext(
            actor=f"agent:{self.team}/{self.agent}",
            task_id=self.task_id,
            run_id=self.run_id,
            team=self.team,
            agent=self.agent,
        )
