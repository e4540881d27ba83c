from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from muster.analysis.human import HumanCost
from muster.analysis.picture import pictures
from muster.reports.kpi_table import WIDTH, print_numbers
from tests.unit.analysis.story import NOON, Story, company


def printed(events: pl.DataFrame) -> str:
    console = Console(file=StringIO(), width=WIDTH)
    print_numbers(console, pictures(events, human=HumanCost(), now=NOON))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_terminal_shows_kpis_escalations_and_money_for_every_team() -> None:
    text = printed(company())

    for expected in (
        "81.7\u00a0%",
        "76.3 – 86.1\u00a0%",
        "low confidence",
        "$314.69",
        "12 minutes at 42 USD/h",
    ):
        assert expected in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= WIDTH


def test_an_empty_ledger_is_one_sentence() -> None:
    assert printed(Story().frame()) == "No task has ended yet: there is nothing to count.\n"


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_one_task_is_too_few(status: str) -> None:
    story = Story()
    story.task(status=status)

    assert "too few" in printed(story.frame())
