from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from muster.analysis.definitions import KPIS
from muster.analysis.figures import figure
from muster.analysis.human import HumanCost
from muster.analysis.kpis import overview
from muster.analysis.tasks import task_rows
from muster.core.clock import FixedClock
from muster.reports.weekly_review import ReviewNotWrittenError, WrittenReview, write_review
from tests.unit.analysis.story import NOON, Story, company

MONDAY = FixedClock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))


def reviewed(events: pl.DataFrame, folder: Path) -> WrittenReview:
    return write_review(events, "2026-W47", folder, MONDAY)


def sources(review: WrittenReview) -> list[dict[str, Any]]:
    found: Any = review.figures["sources"]
    return list(found)


def test_the_reviews_figures_are_those_of_the_kpi_table(tmp_path: Path) -> None:
    events = company(tasks=120)

    (source,) = sources(reviewed(events, tmp_path))
    table = overview(task_rows(events.lazy()), HumanCost())

    for row in table.iter_rows(named=True):
        shown = source["company"] if row["team"] is None else source["teams"][row["team"]]
        assert shown[row["kpi"]] == {name: row[name] for name in ("unit", "n", "value", "low", "high")}
    assert len(source["company"]) == len(KPIS)


def test_the_page_shows_the_figures_its_label_and_no_outside_address(tmp_path: Path) -> None:
    review = reviewed(company(tasks=120), tmp_path)

    page = review.html_path.read_text()

    completion = sources(review)[0]["company"]["completion_rate"]
    assert figure(completion["value"], "share") in page
    assert "Rehearsal: a scripted stand-in answered, not a real model." in page
    assert 'src="plotly.min.js"' in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert (tmp_path / "plotly.min.js").stat().st_size > 1_000_000
    assert review.sha256 == sha256(review.html_path.read_bytes()).hexdigest()


def test_the_same_week_of_the_same_ledger_is_the_same_file(tmp_path: Path) -> None:
    events = company(tasks=60)

    assert reviewed(events, tmp_path / "one").sha256 == reviewed(events, tmp_path / "two").sha256


def test_tasks_of_another_week_do_not_count(tmp_path: Path) -> None:
    story = Story()
    story.task(at=NOON)
    story.task(at=NOON + timedelta(days=7))

    assert sources(reviewed(story.frame(), tmp_path))[0]["tasks"]["completed"] == 1


def test_real_and_rehearsal_work_stand_on_pages_of_their_own(tmp_path: Path) -> None:
    story = Story()
    story.task(source="claude")
    real = reviewed(story.frame(), tmp_path).html_path.read_text()
    story.task(source="rehearsal")

    review = reviewed(story.frame(), tmp_path)

    assert [source["model_source"] for source in sources(review)] == ["claude", "rehearsal"]
    assert "Rehearsal" not in real
    page = review.html_path.read_text()
    assert page.index(">Real model (claude).") < page.index(">Rehearsal: a scripted")


@pytest.mark.parametrize("status", [None, "completed", "failed"])
def test_an_empty_ledger_one_task_and_all_failed_are_said_plainly(status: str | None, tmp_path: Path) -> None:
    story = Story()
    if status:
        story.task(status=status)

    page = reviewed(story.frame(), tmp_path).html_path.read_text()

    assert ("too few" if status else "No task ended in this week.") in page


def test_what_moved_against_the_week_before_is_named(tmp_path: Path) -> None:
    story = Story()
    for number in range(100):
        story.task("finance", "completed" if number < 50 else "failed", at=NOON - timedelta(days=7))
        story.task("finance", "completed" if number < 95 else "failed", at=NOON)

    page = reviewed(story.frame(), tmp_path).html_path.read_text()

    moved = '<strong>finance</strong>: completion rate <span class="better">better</span>, '
    assert moved + "50.0\u00a0% to 95.0\u00a0%" in page


def test_texts_from_the_ledger_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    story = Story()
    for _ in range(12):
        story.task("<script>alert(1)</script>", "escalated", reason="</script><script>alert(2)")

    page = reviewed(story.frame(), tmp_path).html_path.read_text()

    assert "<script>alert" not in page


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file, not a folder")

    with pytest.raises(ReviewNotWrittenError) as refusal:
        reviewed(Story().frame(), tmp_path / "reports")

    assert refusal.value.exit_code == 3
    assert str(tmp_path / "reports") in str(refusal.value)
