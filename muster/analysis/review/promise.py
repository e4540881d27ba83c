"""What was promised of a period's runs, and what became of it: availability, outages, time to restore."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from muster.analysis.picture import Picture
from muster.analysis.reliability import availability
from muster.analysis.restoring import outages, time_to_restore
from muster.analysis.slo import judged_runs


@dataclass(frozen=True, slots=True)
class Promise:
    """The frames of one model source; each is described where it is made."""

    availability: pl.DataFrame
    """`Availability`: the company's row (team null), then each team's."""
    outages: pl.DataFrame
    """`Outages` that began in the period."""
    restoring: pl.DataFrame
    """`Time to restore` of those."""


def promise(drawn: Picture, now: datetime) -> Promise:
    """How far the promise was kept in the picture's period.

    A task nobody began has no model source yet: it counts for every source it may come to.
    """
    tasks = pl.concat([drawn.ended, drawn.open]).with_columns(model_source=pl.lit(drawn.model_source))
    runs = judged_runs(tasks.lazy(), now)
    at, period = pl.col("judged_at"), drawn.period
    if period.since is not None:
        runs = runs.filter(at >= period.since)
    if period.until is not None:
        runs = runs.filter(at < period.until)
    known = runs.collect().lazy()
    broken = outages(known).collect()
    return Promise(
        pl.concat([availability(known, by_team=by_team).collect() for by_team in (False, True)]),
        broken,
        time_to_restore(broken.lazy()),
    )
