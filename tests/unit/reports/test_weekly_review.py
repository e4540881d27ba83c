from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from muster.analysis.definitions import KPIS
from muster.analysis.figures import figure
from muster.analysis.human import HumanCost
from muster.analysis.kpis import overview
from muster.analysis.review.standing import Standing
from muster.analysis.review.waits import WAITS
from muster.analysis.tasks import task_rows
from muster.core.clock import FixedClock
from muster.core.errors import CallerError
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


@pytest.mark.parametrize(
    ("name", "ended_at", "title"),
    [
        ("2026-W53", datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "week 53 of 2026"),  # the turn of the year
        (
            "2026-W13",
            datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
            "week 13 of 2026",
        ),  # clocks go forward in Europe
        ("2026-W43", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "week 43 of 2026"),  # and back
        ("2026-12", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "December 2026"),
        ("2028-02", datetime(2028, 2, 29, 12, 0, tzinfo=UTC), "February 2028"),
    ],
)
def test_a_period_is_a_stretch_of_utc_whatever_clocks_and_calendars_do(
    name: str, ended_at: datetime, title: str, tmp_path: Path
) -> None:
    story = Story()
    story.task(at=ended_at - timedelta(seconds=10))
    story.task(at=ended_at + timedelta(days=31))

    review = write_review(story.frame(), name, tmp_path, FixedClock(ended_at + timedelta(days=2)))

    assert review.document["title"] == f"Agent review, {title}"
    assert sources(review)[0]["tasks"]["completed"] == 1


def test_a_team_that_is_no_longer_at_work_is_reviewed_and_said_to_be_gone(tmp_path: Path) -> None:
    story = Story()
    story.task("sunset")
    story.task("support")
    at_work = Standing(teams_at_work=frozenset({"support"}))

    review = write_review(story.frame(), "2026-W47", tmp_path, MONDAY, standing=at_work)

    gone = {block["team"]: block["gone"] for block in review.document["sections"][0]["teams"]}
    assert gone == {"sunset": True, "support": False}
    assert review.html_path.read_text().count("This team is no longer at work.") == 1


def test_a_week_without_work_still_says_what_waits_for_people(tmp_path: Path) -> None:
    waits = pl.DataFrame(
        [
            (
                "apr_1",
                "approval",
                None,
                "support",
                "desk",
                "Refund",
                None,
                None,
                NOON,
                NOON + timedelta(hours=8),
            )
        ],
        schema=WAITS.schema,
        orient="row",
    )

    review = write_review(Story().frame(), "2026-W47", tmp_path, MONDAY, standing=Standing(waits=waits))

    page = review.html_path.read_text()
    assert "No task ended in this week." in page
    assert "apr_1" in page


def test_real_and_rehearsed_waits_stand_apart(tmp_path: Path) -> None:
    story = Story()
    rows = [
        (
            f"apr_{source}",
            "approval",
            story.task(source=source),
            "support",
            "desk",
            "x",
            None,
            None,
            NOON,
            NOON,
        )
        for source in ("claude", "rehearsal")
    ]
    waits = pl.DataFrame(rows, schema=WAITS.schema, orient="row")

    review = write_review(story.frame(), "2026-W47", tmp_path, MONDAY, standing=Standing(waits=waits))

    oldest = [section["company"]["ageing"][0]["oldest"] for section in review.document["sections"]]
    assert ["apr_claude" in oldest[0], "apr_rehearsal" in oldest[1]] == [True, True]
    assert [section["company"]["ageing"][0]["waiting"] for section in review.document["sections"]] == [
        "1",
        "1",
    ]


def test_what_is_printed_of_a_change_adds_up(tmp_path: Path) -> None:
    review = write_review(
        company(days=14, tasks=300), "2026-W48", tmp_path, FixedClock(MONDAY.now() + timedelta(days=7))
    )

    lines = [line for block in blocks(review) for why in block["why"] for line in why["lines"]]
    assert lines
    for line in lines:
        assert sum(number(part["effect"]) for part in line["parts"]) == number(line["total"])


def blocks(review: WrittenReview) -> list[dict[str, Any]]:
    (section,) = review.document["sections"]
    return [section["company"], *section["teams"]]


def number(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace("$", "").replace(",", "").removesuffix(" points"))


def test_every_review_is_on_the_list_the_latest_first(tmp_path: Path) -> None:
    for name in ("2026-W46", "2026-W47", "2026-10"):
        write_review(Story().frame(), name, tmp_path, MONDAY)
    (tmp_path / "weekly-notes.json").write_text("no review of ours")

    page = (tmp_path / "index.html").read_text()

    places = [
        page.index(f'href="{stem}.html"')
        for stem in ("weekly-2026-W47", "weekly-2026-W46", "monthly-2026-10")
    ]
    assert places == sorted(places)
    assert 'href="weekly-2026-W47.pdf"' in page
    assert "notes" not in page


@pytest.mark.parametrize("name", ["bad", "2026-13", "2026-W54", "", "0001-01", "9999-12"])
def test_what_is_no_period_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CallerError) as refusal:
        write_review(Story().frame(), name, tmp_path, MONDAY)

    assert "2026-" in str(refusal.value.do)
    assert not list(tmp_path.iterdir())


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
