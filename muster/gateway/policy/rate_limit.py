"""How often one agent may call which tools, over a window that slides."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Pattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./:@*?-]+$")]


class RateLimit(BaseModel):
    """A bound on calls; every agent that matches has it to itself, all tools that match share it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    tools: Pattern = "*"
    """Names as agents see them, `*` and `?` as in file names: `mail__*`."""
    agents: Pattern = "*"
    """`team/agent`, or `client/name` for outside clients: `support/*`."""
    calls: Annotated[int, Field(ge=1, le=1_000_000)]
    """Calls that may be made in any window; refused ones are not counted."""
    per_seconds: Annotated[float, Field(gt=0, le=86_400)]
    """How long the window is."""

    def holds_for(self, who: str, tool: str) -> bool:
        """Whether a call of `tool` by `who` counts."""
        return fnmatchcase(who, self.agents) and fnmatchcase(tool, self.tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFull:
    """A limit that is used up at this moment."""

    limit: RateLimit
    retry_after_seconds: int
    """Until the oldest counted call leaves the window, rounded up; at least 1."""
    frees_at: datetime
