"""What was promised of a period's runs, and what became of it: availability, outages, time to restore."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from muster.analysis.picture import Picture
from muster.analysis.reliability import availability, burn_rates
from muster.analysis.restoring import outages, time_to_restore
from muster.analysis.slo import judged_runs
from muster.analysis.tasks import NO_MODEL

_BURNS: Final = timedelta(days=3)
"""The longest window a burn rate looks back."""


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
    runs = _runs(pl.concat([drawn.ended, drawn.open]), drawn.model_source, now)
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


def burning(tasks: pl.DataFrame, model_source: str, now: datetime) -> pl.DataFrame:
    """How fast the error budget goes at `now`, whatever period is looked at.

    Frame in: `Tasks` of any source. Frame out: `Burn rates`: the company's (team null), then each team's.
    """
    open_or_new = pl.col("ended_at").is_null() | (pl.col("ended_at") > now - _BURNS)
    unbegun = (pl.col("model_source") == NO_MODEL) & pl.col("ended_at").is_null()
    mine = tasks.filter(open_or_new, (pl.col("model_source") == model_source) | unbegun)
    runs = _runs(mine, model_source, now).collect().lazy()
    return pl.concat(burn_rates(runs, now, by_team=by_team) for by_team in (False, True)).collect()


def _runs(tasks: pl.DataFrame, model_source: str, now: datetime) -> pl.LazyFrame:
    """The judged runs, all of one source."""
    return judged_runs(tasks.with_columns(model_source=pl.lit(model_source)).lazy(), now)
