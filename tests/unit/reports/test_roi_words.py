"""Returns in words, and which teams get one."""

from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

from muster.analysis.roi.returns import returns
from muster.analysis.roi.yardsticks import YARDSTICKS
from muster.analysis.tasks import task_rows
from muster.core.settings import Settings
from muster.reports.roi import all_cases
from muster.reports.roi_words import amount, bare, expected, middle, roi_markdown, span, verdict
from tests.unit.analysis.roi.believed import CERTAIN, UNCERTAIN, case
from tests.unit.analysis.story import Story, company

FOLDER = Settings().assumptions_dir


def tasks(source: str = "rehearsal", count: int = 240) -> pl.LazyFrame:
    return task_rows(company(source=source, tasks=count).lazy())


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (88_693.6, "usd", "$88,700"),
        (-51_782.0, "usd", "-$51,800"),
        (12.5, "usd", "$12.50"),
        (0.0, "usd", "$0.00"),
        (1.714, "share", "171\u00a0%"),
        (6.03, "months", "6.0 months"),
        (1046.2, "tasks/month", "1,050 tasks/month"),
        (0.00678, "calls/task", "0.00678 calls/task"),
    ],
)
def test_a_figure_is_no_more_precise_than_drawing_makes_it(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0000545, "calls/task", "0.000055"),
        (0.1, "share/year", "10\u00a0%"),
        (0, "usd", "0"),
        (12, "m", "12"),
    ],
)
def test_in_a_table_it_stands_without_its_unit_and_without_powers_of_ten(
    value: float, unit: str, words: str
) -> None:
    assert bare(value, unit) == words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"build_cost": 1.0, "run_cost": 0.0}, "pays within 24 months. "),
        ({"capture_share": 0.0}, "does not pay within 24 months. "),
    ],
)
def test_the_verdict_is_said_plainly_where_it_is_plain(changed: dict[str, float], words: str) -> None:
    assert verdict(returns(case({**CERTAIN, **changed}), draws=50)).startswith(words)


def test_the_verdict_says_how_many_draws_pay_where_it_is_open() -> None:
    ret = returns(case(spreads=UNCERTAIN), draws=2_000)

    assert verdict(ret).startswith("may or may not pay within 24 months: ")
    assert "of draws do" in verdict(ret)


def test_what_has_no_value_is_named() -> None:
    ret = returns(case(capture_share=0.0, build_cost=1e6), draws=5)

    assert middle(ret, "payback") == span(ret, "payback") == "never"
    assert middle(ret, "break_even_completion") == "at no rate"


def test_each_team_gets_a_return_for_each_model_source_real_ones_first() -> None:
    both = pl.concat([tasks().collect(), tasks("claude", 200).collect()]).lazy()

    found = all_cases(both, FOLDER)

    told = [(one.team, one.model_source) for one in found.cases]
    assert told == [
        (team, source)
        for team in ("finance", "leads", "support", "vendors")
        for source in ("claude", "rehearsal")
    ]
    assert (found.refused, found.without_file) == ((), ())


def test_a_team_that_worked_and_has_no_file_is_named(tmp_path: Path) -> None:
    folder = copytree(FOLDER, tmp_path / "assumptions")
    (folder / "leads.yaml").unlink()

    found = all_cases(tasks(), folder)

    assert found.without_file == ("leads",)
    assert {one.team for one in found.cases} == {"finance", "support", "vendors"}


def test_without_a_ledger_every_team_stands_on_its_assumptions() -> None:
    for nothing in (None, task_rows(Story().frame().lazy())):
        found = all_cases(nothing, FOLDER).cases
        assert {one.model_source for one in found} == {None}
        assert all("Nothing here comes from the ledger" in one.notes[0] for one in found)


def test_the_answer_keeps_model_sources_apart_and_names_what_is_only_expected() -> None:
    both = pl.concat([tasks().collect(), tasks("claude", 200).collect()]).lazy()

    text = roi_markdown([returns(one, draws=200) for one in all_cases(both, FOLDER).cases])

    real, rehearsed = text.split("**Rehearsal: ")
    assert "Real model (claude)" in real
    assert real.count("- **support**") == rehearsed.count("- **support**") == 1
    assert "not facts about this company" in text
    assert expected(YARDSTICKS[1]) == "5.0 – 7.0 months"
    assert roi_markdown([]).startswith("No team has a file")
