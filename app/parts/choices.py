"""The filters, kept in the address so that a page can be sent to someone, and from page to page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.parts import record
from muster.analysis.figures import source_label
from muster.analysis.picture import Picture

_ALL: Final = "all teams"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader chose."""

    period: str
    team: str | None
    """None for all teams."""

    @property
    def address(self) -> dict[str, str]:
        """The choice as it stands in the address."""
        return {"period": self.period} | ({} if self.team is None else {"team": self.team})


def scope(title: str) -> Chosen:
    """The page's title with the period and the team beside it, from the address or the controls."""
    teams = sorted(record.tasks()["team"].unique())
    heading, first, second = st.columns([2, 1, 1], vertical_alignment="bottom")
    heading.title(title)
    period = kept(first, "Ended within", "period", list(record.PERIODS))
    team = kept(second, "Team", "team", [_ALL, *teams])
    return Chosen(period, None if team == _ALL else team)


def of_source(drawn: Sequence[Picture]) -> Picture:
    """The picture of the chosen model source, under a label that says which it is; never two in one."""
    names = [one.model_source for one in drawn]
    name = names[0]
    if len(names) > 1:
        where, _ = st.columns([1, 3])
        name = kept(where, "Model source", "source", names)
    st.badge(source_label(name), color="orange" if name == "rehearsal" else "blue")
    chosen = next(one for one in drawn if one.model_source == name)
    st.caption(f"As of {chosen.now:%H:%M:%S} UTC.")
    return chosen


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
