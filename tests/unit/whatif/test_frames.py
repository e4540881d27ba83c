"""Totals of affected tasks: by source and team, with an interval, and nothing where nothing changed."""

from decimal import Decimal

import polars as pl
import pytest

from muster.analysis.frames import FrameError
from muster.whatif.frames import AFFECTED, TOTALS, affected_frame, totals


def tasks(*of: tuple[str, str, str]) -> pl.DataFrame:
    rows = [{"task_id": task, "model_source": source, "team": team} for task, source, team in of]
    return pl.DataFrame(rows, schema={"task_id": pl.String, "model_source": pl.String, "team": pl.String})


def row(task: str, source: str, team: str, **more: object) -> dict[str, object]:
    return {
        "task_id": task,
        "model_source": source,
        "team": team,
        "agent": None,
        "title": None,
        "was": "completed",
        "would_be": "",
        "why": "",
        "known": True,
        "minutes": 12.0,
        "people_usd": Decimal("8.4"),
        "model_usd": Decimal(0),
        "committed": None,
        "currency": None,
        "truth": None,
        "errors": None,
        **more,
    }


def test_totals_add_up_by_team_and_never_over_two_sources() -> None:
    all_tasks = tasks(
        ("t1", "claude", "a"), ("t2", "claude", "b"), ("t3", "rehearsal", "a"), ("t4", "rehearsal", "a")
    )
    changed = affected_frame(
        [
            row("t1", "claude", "a", committed=Decimal(-70), currency="EUR", errors=-1, truth="wrong"),
            row("t3", "rehearsal", "a", errors=0, truth="correct", known=False),
            row("t4", "rehearsal", "a", errors=1),
        ]
    )

    table = totals(all_tasks, changed)

    assert table.schema == TOTALS.schema
    assert table.select("model_source", "team", "n", "affected", "known").rows() == [
        ("claude", None, 2, 1, 1),
        ("claude", "a", 1, 1, 1),
        ("claude", "b", 1, 0, 0),
        ("rehearsal", None, 2, 2, 1),
        ("rehearsal", "a", 2, 2, 1),
    ]
    company = table.row(0, named=True)
    assert (company["share"], company["committed"], company["errors_less"]) == (0.5, Decimal(-70), 1)
    assert company["low"] == pytest.approx(0.0945, abs=1e-4)
    assert company["high"] == pytest.approx(0.9055, abs=1e-4)
    rehearsed = table.row(3, named=True)
    assert (rehearsed["errors_more"], rehearsed["errors_unknown"], rehearsed["minutes"]) == (1, 0, 24.0)
    assert (rehearsed["scored_right"], rehearsed["scored_wrong"]) == (1, 0)


def test_without_changes_every_total_is_zero() -> None:
    table = totals(tasks(("t1", "claude", "a")), AFFECTED.empty())
    assert table["affected"].to_list() == [0, 0]
    assert table["people_usd"].to_list() == [Decimal(0), Decimal(0)]
    assert table["low"].to_list() == [0.0, 0.0]


def test_a_frame_of_another_kind_is_refused() -> None:
    with pytest.raises(FrameError):
        totals(tasks(("t1", "claude", "a")), pl.DataFrame({"task_id": ["t1"]}))


def test_no_day_of_tasks_is_no_row() -> None:
    assert totals(tasks(), AFFECTED.empty()).is_empty()
