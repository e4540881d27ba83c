"""The review and the dashboard say the same: every figure on both is compared as it is printed."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from muster.analysis.definitions import COLUMNS
from muster.core.settings import Settings
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.reports.publish import publish_review
from muster.reports.weekly_review import WrittenReview
from tests.acceptance.worked import never_begun, work_done

ROOT = Path(__file__).parents[2]
MONDAY_NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
"""All 120 tasks end in week 47, and nothing happened in another one."""


@pytest.fixture
def review(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WrittenReview:
    """The review of a week of 120 rehearsed tasks, and a dashboard on the same ledger."""
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))

    async def reviewed() -> WrittenReview:
        await work_done(database_url, until=MONDAY_NOON)
        await never_begun(database_url, 3, at=MONDAY_NOON)
        ledger = await PostgresLedger.open(database_url, pool_size=2)
        try:
            reader = LedgerReader(database_url)
            return await publish_review(ledger, reader, Settings(home=tmp_path), "2026-W47")
        finally:
            await ledger.close()

    return asyncio.run(reviewed())


def page(name: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    app.query_params["period"] = "all time"
    shown = app.switch_page(f"views/{name}.py").run()
    assert not shown.exception, shown.exception[0].value
    return shown


def plain(text: object) -> str:
    """The text without the page's Markdown and without spaces of another kind."""
    bare = re.sub(r":small\[:gray\[(.*?)\]\]", r"(\1)", str(text).replace("\\", ""))
    return bare.replace("\u00a0", " ").replace("\u2060", "")


def tables(*names: str) -> Iterator[list[dict[str, str]]]:
    """Every table of figures on these pages, as printed."""
    for name in names:
        if (ROOT / "app" / "views" / f"{name}.py").exists():
            shown = page(name)
            for table in [*shown.table, *shown.dataframe]:
                rows = table.value.to_dict("records")
                yield [{str(key): plain(value) for key, value in row.items()} for row in rows]


def with_interval(cell: dict[str, Any]) -> str:
    return plain(f"{cell['value']} ({cell['interval']})" if cell["interval"] else cell["value"])


def test_every_shared_figure_is_the_same_to_the_last_digit(review: WrittenReview) -> None:
    (section,) = review.document["sections"]
    home = page("home")
    said = plain("\n".join(str(part.value) for part in [*home.markdown, *home.caption]))

    tiles = {tile.label: plain(tile.value) for tile in home.metric}
    cards = {card["name"]: plain(card["value"]) for card in section["company"]["cards"]}
    assert cards.keys() <= tiles.keys()
    assert {name: tiles[name] for name in cards} == cards
    for card in section["company"]["cards"]:
        assert plain(f"95 %: {card['interval']} · n {card['n']}") in said
    assert plain(section["headline"].removesuffix(".")) in said
    for point in section["attention"]:
        assert plain(point["what"]) in said
    company = next(row for row in section["cost_rows"] if row["team"] == "company")
    assert company["human_cost_usd"] in said
    assert re.search(r"\$[\d.,]+ of models, tools and computing", plain(str(section)))[0] in said  # type: ignore[index]
    assert company["total_cost_usd"] in said


def test_the_table_of_teams_is_the_same_to_the_last_digit(review: WrittenReview) -> None:
    (section,) = review.document["sections"]
    of_teams = next(rows for rows in tables("home", "teams") if rows and COLUMNS[0].name in rows[0])

    shown = {row["team"]: {kpi.name: row[kpi.name] for kpi in COLUMNS} for row in of_teams}

    assert len(shown) == 5
    assert shown == {
        row["team"]: {cell["name"]: with_interval(cell) for cell in row["cells"]}
        for row in section["team_rows"]
    }


def test_how_far_the_promise_was_kept_is_the_same(review: WrittenReview) -> None:
    (section,) = review.document["sections"]
    told = next(
        row for block in section.values() if isinstance(block, dict) for row in block.get("promise", [])
    )
    shown = page("reliability")
    tiles = {tile.label: plain(tile.value) for tile in shown.metric}
    said = plain("\n".join(str(part.value) for part in [*shown.markdown, *shown.caption]))

    assert told["team"] == "company"
    assert "3 late" in told["bad"]  # those nobody began, which have no model source yet
    assert tiles["Good runs"] == plain(told["good"])
    assert tiles["Error budget left"] == plain(told["budget_left"])
    assert plain(f"95 %: {told['interval']} · n {told['n']}") in said


def test_the_reasons_people_were_called_for_are_the_same(review: WrittenReview) -> None:
    (section,) = review.document["sections"]
    (reasons,) = (rows for rows in tables("escalations") if rows and "share of the team's" in rows[0])

    shown = {(row["team"], row["reason"]): (row["times"], row["share of the team's"]) for row in reasons}

    told = {
        (block["team"], row["reason"]): (row["times"], plain(f"{row['share']} ({row['interval']}"))
        for block in section["teams"]
        for row in block["reasons"]
    }
    assert told
    assert shown.keys() == told.keys()
    for place, (times, share) in told.items():
        assert shown[place][0] == times
        assert shown[place][1].startswith(share)


def test_the_pdf_prints_what_the_page_prints(review: WrittenReview) -> None:
    (section,) = review.document["sections"]
    pages = plain("\n".join(page.extract_text() for page in PdfReader(review.pdf_path).pages))
    html = plain(review.html_path.read_text())

    for row in section["team_rows"]:
        for cell in row["cells"]:
            assert plain(cell["value"]) in pages
            assert plain(cell["value"]) in html
    for row in section["cost_rows"]:
        assert row["total_cost_usd"] in pages
        assert row["total_cost_usd"] in html
