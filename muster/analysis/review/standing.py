"""How things stand when a review is made: limits in force, what waits for people, what people decided."""

from dataclasses import dataclass, field

import polars as pl

from muster.analysis.review.actions import DECISIONS
from muster.analysis.review.budgets import LIMITS
from muster.analysis.review.waits import WAITS
from muster.analysis.tasks import NO_MODEL, TASKS


@dataclass(frozen=True, slots=True)
class Standing:
    """Frames of what the events alone do not say; empty where nobody was asked."""

    limits: pl.DataFrame = field(default_factory=LIMITS.empty)
    """`Limits` a day: the fleet's, each team's and each agent's."""
    waits: pl.DataFrame = field(default_factory=WAITS.empty)
    """`Waits` open now."""
    decisions: pl.DataFrame = field(default_factory=DECISIONS.empty)
    """`Decisions` people made in the period."""
    teams_at_work: frozenset[str] | None = None
    """The teams deployed now; None when that is not known."""

    def by_source(self, tasks: pl.DataFrame) -> "Standing":
        """The same, with a column `model_source` beside each wait and decision; null for what has no task.

        Frame in: `Tasks`, all there are.

        Raises:
            FrameError: the frame is not a task frame.
        """
        sources = TASKS.check(tasks.lazy()).select("task_id", "model_source").collect()
        waits, decisions = (
            frame.join(sources, on="task_id", how="left", maintain_order="left")
            for frame in (self.waits, self.decisions)
        )
        return Standing(self.limits, waits, decisions, self.teams_at_work)

    def of(self, model_source: str, *, first: bool) -> "Standing":
        """What concerns tasks of this model source; what reached no model stands with the first one.

        Call it on what `by_source` gives.
        """
        mine = pl.col("model_source") == model_source
        if first:
            mine |= pl.col("model_source").is_null() | (pl.col("model_source") == NO_MODEL)
        return Standing(self.limits, self.waits.filter(mine), self.decisions.filter(mine), self.teams_at_work)
