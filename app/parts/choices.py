"""The filters, kept in the address so that a page can be sent to someone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

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
    period = first.selectbox("Ended within", list(record.PERIODS), key="period", bind="query-params")
    team = second.selectbox("Team", [_ALL, *teams], key="team", bind="query-params")
    return Chosen(period or "all time", None if team in (None, _ALL) else team)


def of_source(drawn: Sequence[Picture]) -> Picture:
    """The picture of the chosen model source, under a label that says which it is; never two in one."""
    names = [one.model_source for one in drawn]
    name = names[0]
    if len(names) > 1:
        name = (
            st.segmented_control(
                "Model source", names, default=names[0], required=True, key="source", bind="query-params"
            )
            or names[0]
        )
    st.badge(source_label(name), color="orange" if name == "rehearsal" else "blue")
    return next(one for one in drawn if one.model_source == name)
