"""Which way figures went: beside the period before, and as lines; made once for each state of the record."""

from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import streamlit as st

from app.parts import record
from muster.analysis.definitions import (
    ACCURACY,
    COMPLETION_RATE,
    ESCALATION_RATE,
    TIME_P50,
    TOTAL_COST_COMPLETED,
)
from muster.analysis.movement import Movement, movement, recent
from muster.analysis.picture import Picture

_LINES: Final = (COMPLETION_RATE, ESCALATION_RATE, TIME_P50, TOTAL_COST_COMPLETED, ACCURACY)


@dataclass(frozen=True, slots=True)
class Motion:
    """How a picture's figures moved."""

    moved: Movement
    lines: dict[str, list[float]]
    """Values in time by KPI; empty where there are too few to draw."""


def of_picture(drawn: Picture, team: str | None) -> Motion:
    """The picture's period beside the one before it, as of when the picture is."""
    return _made(drawn, team, record.tasks())


def _state(drawn: Picture) -> tuple[Any, ...]:
    """What tells two pictures of one team apart without reading them."""
    return (drawn.model_source, drawn.period.since, drawn.period.until, drawn.now)


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs={Picture: _state})
def _made(drawn: Picture, team: str | None, _tasks: pl.DataFrame) -> Motion:
    known = _tasks.filter(pl.col("model_source") == drawn.model_source)
    known = known if team is None else known.filter(pl.col("team") == team)
    within, human = drawn.period, drawn.human
    moved = movement(known, human, since=within.since, until=within.until or drawn.now)
    return Motion(moved, recent(drawn.ended, human, _LINES, drawn.now))
