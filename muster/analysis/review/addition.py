"""All that a review says of one model source beside its picture, computed together."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from muster.analysis.picture import Picture
from muster.analysis.review.actions import Evidence, actions
from muster.analysis.review.budgets import budgets
from muster.analysis.review.clusters import clusters
from muster.analysis.review.drivers import DRIVERS, drivers
from muster.analysis.review.promise import Promise, promise
from muster.analysis.review.standing import Standing
from muster.analysis.review.waits import ageing


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """The frames of one model source; each is described where it is made."""

    drivers: pl.DataFrame
    """`Drivers` of what moved since the period before; no row when there is nothing to compare with."""
    clusters: pl.DataFrame
    """`Escalation clusters`."""
    budgets: pl.DataFrame
    """`Budgets`."""
    ageing: pl.DataFrame
    """`Ageing` of what waits now."""
    actions: pl.DataFrame
    """`Proposed actions`, of the whole company."""
    promise: Promise
    """What was promised of the runs, and what became of it."""
    teams_at_work: frozenset[str] | None
    """The teams deployed now; None when that is not known."""


def addition(
    drawn: Picture,
    before: Picture | None,
    *,
    calls: pl.DataFrame,
    spent: pl.DataFrame,
    standing: Standing,
    now: datetime,
    span: str,
    days: int,
) -> Addition:
    """What the pictures of this period and the one before give together.

    Frames in: `last_calls` of the escalations, and the `Spend` on models in the period, of any source.

    Args:
        standing: of this model source.
        span: what the period is called, such as `week`.
        days: UTC days in the period.
    """
    moved = DRIVERS.empty()
    if before is not None:
        raised = pl.concat([drawn.escalations, before.escalations])
        moved = drivers(drawn.ended, before.ended, raised, drawn.human)
    alike = clusters(drawn.escalations, calls, drawn.ended, drawn.human)
    bought = budgets(spent.filter(pl.col("model_source") == drawn.model_source), standing.limits, days)
    aged = ageing(standing.waits, now)
    evidence = Evidence(
        clusters=alike,
        decisions=standing.decisions,
        ended=drawn.ended,
        ageing=aged,
        budgets=bought,
        human=drawn.human,
        span=span,
    )
    return Addition(
        drivers=moved,
        clusters=alike,
        budgets=bought,
        ageing=aged,
        actions=actions(evidence),
        promise=promise(drawn, now),
        teams_at_work=standing.teams_at_work,
    )
