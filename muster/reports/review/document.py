"""A review as plain texts and tables: what the page, the PDF and the mail are all set from, word for word."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from muster.analysis.definitions import COMPLETION_RATE, TOTAL_COST_COMPLETED
from muster.analysis.figures import figure, source_label
from muster.analysis.review.waits import AGES, ageing
from muster.reports.edition import Edition
from muster.reports.review.block import ageing_rows
from muster.reports.review.roi_part import RoiPart, roi_text
from muster.reports.review_section import Section

Document = dict[str, Any]

_STATUSES: Final = ("completed", "escalated", "failed")


def document(
    sections: Sequence[Section],
    of: Edition,
    waits: pl.DataFrame,
    now: datetime,
    read: tuple[int, int | None],
    roi: RoiPart | None = None,
) -> Document:
    """The whole review.

    Frame in: `Waits` open now, told where no task has ended.

    Args:
        roi: of a monthly edition; None leaves the part out.
        read: how many events it was made from, and the last one's place in the ledger (None without any).
    """
    events, last_seq = read
    return {
        "title": f"Agent review, {of.title}",
        "edition": of.edition,
        "span": of.span,
        "name": str(of),
        "days": of.days,
        "until": of.period.until.date().isoformat() if of.period.until else "",
        "made_at": f"{now:%d %B %Y %H:%M} UTC",
        "events": events,
        "last_seq": last_seq,
        "rehearsal_label": source_label("rehearsal"),
        "ages": [name for name, _ in AGES],
        "waiting": ageing_rows(ageing(waits, now).filter(pl.col("team").is_null())),
        "sections": [
            _section(section, of)
            | {"roi": roi and roi_text(roi, section.drawn.model_source, first=place == 0)}
            for place, section in enumerate(sections)
        ],
    }


def _section(section: Section, of: Edition) -> Document:
    drawn = section.drawn
    return {
        "source": drawn.model_source,
        "label": section.label,
        "rehearsal": section.rehearsal,
        "headline": section.headline,
        "money_line": section.money_line,
        "people": section.people,
        "attention": section.attention(),
        "movements": section.movements(),
        "moved_note": section.moved_note,
        "columns": section.columns(),
        "team_rows": [{"team": team or "company", "cells": cells} for team, cells in section.team_rows()],
        "cost_rows": section.cost_rows(),
        "reasons": section.reason_rows(None),
        "agents": section.agent_rows(),
        "company": _block(section, None),
        "teams": [_block(section, team) for team in drawn.teams],
        "charts": _charts(section),
        "nothing_moved": _nothing_moved(section, of),
    }


def _block(section: Section, team: str | None) -> Document:
    block = section.block(team)
    return {
        "team": team,
        "gone": block.gone,
        "headline": section.headline if team is None else section.team_headline(team),
        "cards": section.cards(team),
        "movements": section.movements(team, every=False),
        "why": block.why(),
        "agents": block.best_and_worst(),
        "reasons": [] if team is None else section.reason_rows(team),
        "clusters": block.clusters(),
        "more_clusters": block.more_clusters(),
        "budgets": block.budgets(),
        "ageing": block.ageing(),
        "promise": block.promise(),
        "actions": block.actions(),
    }


def _nothing_moved(section: Section, of: Edition) -> str:
    if section.comparable:
        return "Nothing beyond chance."
    return f"The {of.span} before has too few tasks to compare with."


def _charts(section: Section) -> Document:
    """What the charts of a page without scripts are drawn from: shares from 0 to 1, money in US dollars."""
    drawn = section.drawn
    counted = drawn.ended.group_by("team", "status").len()
    ends = {(team, status): count for team, status, count in counted.iter_rows()}
    return {
        "outcomes": [
            {"team": team, **{status: ends.get((team, status), 0) for status in _STATUSES}}
            for team in drawn.teams
        ],
        "completion": [_whisker(drawn.kpi(COMPLETION_RATE.id, team), team) for team in drawn.teams],
        "cost": [_whisker(drawn.kpi(TOTAL_COST_COMPLETED.id, team), team) for team in drawn.teams],
        "trend": [
            {"day": f"{row['starts_at']:%d %b}"} | _ends(row)
            for row in drawn.trend(COMPLETION_RATE.id, "1d")[1].sort("starts_at").iter_rows(named=True)
        ],
    }


def _whisker(row: dict[str, Any], team: str) -> Document:
    return {"team": team, "text": figure(row["value"], row["unit"])} | _ends(row)


def _ends(row: dict[str, Any]) -> Document:
    return {name: row[name] for name in ("value", "low", "high")}
