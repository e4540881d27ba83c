"""Which way figures went: beside the period before, and as lines; made once for each state of the record."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from app.parts import choices, record
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


def of_picture(drawn: Picture, chosen: choices.Chosen) -> Motion:
    """The picture's period beside the one before it, as of when the picture is."""
    return record.derived("motion", drawn, (chosen.period, chosen.team), lambda: _made(drawn, chosen))


def _made(drawn: Picture, chosen: choices.Chosen) -> Motion:
    known = chosen.mine(record.tasks()).filter(pl.col("model_source") == drawn.model_source)
    within, human = drawn.period, drawn.human
    moved = movement(known, human, since=within.since, until=within.until or drawn.now)
    return Motion(moved, recent(drawn.ended, human, _LINES, drawn.now))
