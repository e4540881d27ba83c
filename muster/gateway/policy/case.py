"""Everything a rule may look at: one call, or one tool about to be listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from muster.gateway.amount import Price
from muster.gateway.caller import Caller, Grant
from muster.gateway.policy.autonomy_file import AutonomyRules
from muster.gateway.policy.files import Policy
from muster.gateway.policy.rate_limit import RateFull
from muster.gateway.provenance.history import Tracing
from muster.gateway.tool import PinnedTool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts of one decision; a rule has no others."""

    policy: Policy
    autonomy: AutonomyRules
    """What each phase may do alone, as the standard says at this moment."""
    caller: Caller
    grant: Grant | None
    """What the caller's manifest says; null when the manifest does not know the agent."""
    tool: PinnedTool | None
    """Null when the registry has no such active tool."""
    arguments: Mapping[str, Any] | None = None
    """Null when the question is whether to list the tool."""
    exposure_today: Decimal = Decimal(0)
    """Money already committed today (UTC) to the same payee, in the policy's currency."""
    price: Price | None = None
    """What the call commits where its registration names a lookup; null where it names none."""
    agent_exposure_today: Decimal = Decimal(0)
    """Money the agent committed today (UTC) without a person, to anybody, in the policy's currency."""
    rate_full: tuple[RateFull, ...] = ()
    """Limits on how often it may call that are used up at this moment."""
    tracing: Tracing | None = None
    """Where the arguments' values come from; null when the call changes nothing and sends nothing out."""
    approval_id: str | None = None
    """A person's word for this very call; null when there is none."""

    @property
    def listing(self) -> bool:
        """Whether the question is about showing the tool rather than calling it."""
        return self.arguments is None
