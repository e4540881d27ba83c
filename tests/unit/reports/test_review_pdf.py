"""The review as pages: read back from the PDF itself."""

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
import typst
from PIL import Image
from pypdf import PdfReader

from muster.core.clock import FixedClock
from muster.reports.weekly_review import WrittenReview, write_review
from tests.unit.analysis.story import NOON, Story, company

MONDAY = FixedClock(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> WrittenReview:
    return write_review(company(tasks=120), "2026-W47", tmp_path_factory.mktemp("reports"), MONDAY)


def pages(review: WrittenReview) -> list[str]:
    # narrow spaces and ligatures are the typesetter's; hyphenation is off
    return [page.extract_text().replace("\u00a0", " ") for page in PdfReader(review.pdf_path).pages]


def test_every_page_is_numbered_and_says_that_it_is_rehearsal(review: WrittenReview) -> None:
    told = pages(review)

    for number, page in enumerate(told, start=1):
        assert f"page {number} of {len(told)}" in page
        assert "Rehearsal: a scripted stand-in answered, not a real model." in page


def test_the_summary_comes_first_with_title_figures_and_proposals(review: WrittenReview) -> None:
    first = pages(review)[0]

    (section,) = review.document["sections"]
    assert "Agent review, week 47 of 2026" in first
    assert section["headline"] in first
    for card in section["company"]["cards"]:
        assert card["value"].replace("\u00a0", " ") in first
    assert first.index("Proposed") < first.index("Needs attention")


def test_the_pages_show_the_figures_of_the_html_page(review: WrittenReview) -> None:
    told, html = "\n".join(pages(review)), review.html_path.read_text()

    for row in review.document["sections"][0]["team_rows"]:
        for cell in row["cells"]:
            assert cell["value"] in html
            assert cell["value"].replace("\u00a0", " ") in told


def test_the_same_review_is_the_same_pdf(review: WrittenReview, tmp_path: Path) -> None:
    again = write_review(company(tasks=120), "2026-W47", tmp_path, MONDAY)

    assert again.pdf_sha256 == review.pdf_sha256


def test_what_an_outsider_wrote_is_text_and_no_markup(tmp_path: Path) -> None:
    evil = '#panic("x") *bold* $ \\ `raw` @label <b> https://example.com'
    story = Story()
    for _ in range(12):
        story.task(evil, "escalated", reason=evil, agent=evil)

    told = pages(write_review(story.frame(), "2026-W47", tmp_path, MONDAY))

    assert '#panic("x") *bold*' in "".join(told)


@pytest.mark.parametrize("source", ["claude", "rehearsal"])
def test_only_rehearsal_is_labelled_rehearsal(source: str, tmp_path: Path) -> None:
    story = Story()
    story.task(source=source)

    told = "".join(pages(write_review(story.frame(), "2026-W47", tmp_path, MONDAY)))

    assert ("Rehearsal" in told) is (source == "rehearsal")
    assert ("Real model (claude)." in told) is (source == "claude")


def test_many_teams_and_long_names_stay_within_the_margins(tmp_path: Path) -> None:
    story = Story()
    for number in range(96):
        story.task(
            f"a_team_with_a_name_of_some_length_{number % 8:02d}",
            "escalated" if number % 3 else "completed",
            agent="an_agent_whose_name_is_longer_than_most",
            at=NOON + timedelta(minutes=number),
        )
    review = write_review(story.frame(), "2026-W47", tmp_path, MONDAY)

    for picture in pictures(review):
        width, height = picture.size
        for margin in ((0, 0, width // 15, height), (width - width // 15, 0, width, height)):
            darkest, _ = picture.crop(margin).getextrema()
            assert darkest == 255


def pictures(review: WrittenReview) -> list[Image.Image]:
    """The pages as grey pictures, set from the same texts by the same template."""
    template = files("muster.reports").joinpath("templates", "review.typ").read_bytes()
    told = {"review": json.dumps(review.document)}
    drawn = typst.compile(template, format="png", ppi=40, sys_inputs=told)
    assert isinstance(drawn, list)
    return [Image.open(BytesIO(page)).convert("L") for page in drawn]
