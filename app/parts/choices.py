"""The filters, kept in the address so that a page can be sent to someone, and from page to page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts import periods, record
from muster.analysis.figures import source_label
from muster.analysis.period import Period
from muster.analysis.picture import Picture

ALL_TEAMS: Final = "all teams"
_OPEN: Final = {
    "queued": "queued",
    "working": "at work",
    "waiting": "waiting for a person or for a halt to end",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader chose."""

    period: str
    team: str | None
    """None for all teams."""
    at: datetime
    """When the page was drawn, UTC."""

    @property
    def within(self) -> Period:
        """The stretch of time the period stands for."""
        return periods.within(self.period, self.at)

    @property
    def address(self) -> dict[str, str]:
        """The choice as it stands in the address."""
        source = st.query_params.get("source")
        chosen = {"period": self.period, "team": self.team, "source": source}
        return {name: value for name, value in chosen.items() if value}

    def mine(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of the chosen team."""
        return rows if self.team is None else rows.filter(pl.col("team") == self.team)


def budgets_of(limits: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    """The budgets of a `Budgets` frame that the chosen team draws on; the fleet's only for all teams."""
    if chosen.team is None:
        return limits
    who = pl.col("who")
    return limits.filter((who == chosen.team) | who.str.starts_with(f"{chosen.team}/"))


def scope(title: str) -> Chosen:
    """The page's title with the period and the team beside it, from the address or the controls."""
    teams = sorted(record.tasks()["team"].unique())
    heading, first, second = st.columns([2, 1, 1], vertical_alignment="bottom")
    heading.title(title)
    period = kept(first, "Ended within", "period", periods.PERIODS)
    asked = st.query_params.get("team", ALL_TEAMS)
    team = kept(second, "Team", "team", [ALL_TEAMS, *teams])
    if asked not in (ALL_TEAMS, *teams):
        st.warning(f"The ledger knows no team {asked!r}; these are {team}.")
    return Chosen(period, None if team == ALL_TEAMS else team, datetime.now(UTC))


def of_source(drawn: Sequence[Picture]) -> Picture:
    """The picture of the chosen model source, under a label that says which it is; never two in one."""
    name = source([one.model_source for one in drawn])
    chosen = next(one for one in drawn if one.model_source == name)
    st.caption(f"As of {chosen.now:%H:%M:%S} UTC.")
    return chosen


def source(names: Sequence[str]) -> str | None:
    """The chosen model source, under a label that says which it is; None where there is none."""
    if not names:
        return None
    name, asked = names[0], st.query_params.get("source")
    if len(names) > 1:
        where, _ = st.columns([1, 3])
        name = kept(where, "Model source", "source", names)
    if asked and asked not in names:
        st.warning(f"Nothing here is of the model source {asked!r}; this is {name}.")
    st.badge(source_label(name), color="orange" if name == "rehearsal" else "blue")
    return name


def of_days(spent: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    """The days of a `Spending` frame that the chosen period touches."""
    within, day = chosen.within, pl.col("day")
    if within.since is not None:
        spent = spent.filter(day >= within.since.date())
    return spent if within.until is None else spent.filter(day < within.until.date())


def kept(where: DeltaGenerator, label: str, name: str, options: Sequence[str]) -> str:
    """One of `options`, the first where nothing was chosen; what was chosen stands in the address as `name`.

    Streamlit's own binding to the address loses the choice on the way to another page; this does not.
    """
    before = st.query_params.get(name, st.session_state.get(f"kept-{name}"))
    index = options.index(before) if before in options else 0
    chosen = where.selectbox(label, options, index=index, key=name) or options[0]
    st.session_state[f"kept-{name}"] = chosen
    if chosen != options[0]:
        st.query_params[name] = chosen
    elif name in st.query_params:
        del st.query_params[name]
    return chosen


def narrowed(
    where: DeltaGenerator, label: str, name: str, options: Sequence[str], nothing: str = "any"
) -> str | None:
    """One of `options` from the address or the control, None for `nothing`; not carried to other pages."""
    wanted = st.query_params.get(name)
    if wanted and wanted not in options:
        options = [*options, wanted]
    choice = [nothing, *options]
    chosen = where.selectbox(label, choice, index=choice.index(wanted) if wanted else 0, key=name) or nothing
    if chosen != nothing:
        st.query_params[name] = chosen
        return chosen
    if name in st.query_params:
        del st.query_params[name]
    return None


def nothing_ended(chosen: Chosen) -> None:
    """A period without an ended task in words, and where there is something to see."""
    known = chosen.mine(record.tasks())
    ended = known.drop_nulls("ended_at")
    who = "" if chosen.team is None else f" of {chosen.team}"
    if ended.is_empty():
        counts = [f"{known.filter(status=status).height} {words}" for status, words in _OPEN.items()]
        st.info(f"No task{who} has ended here yet: {', '.join(counts)}. There is nothing to count.")
        return
    newest = max(ended["ended_at"].to_list())
    st.info(f"No task{who} ended in this period ({chosen.period}); the newest ended on {newest:%d %B %Y}.")
    team = {} if chosen.team is None else {"team": chosen.team}
    st.page_link("views/home.py", label="Show all time", query_params={"period": periods.ALL_TIME, **team})
