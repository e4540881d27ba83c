"""Every notebook is executed on a real ledger, and what it says is held against the analysis."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import jupytext
import polars as pl
import pytest

from muster.analysis.cache_savings import cache_savings
from muster.analysis.human import HumanCost
from muster.analysis.model_choice import repriced, role_models
from muster.analysis.picture import pictures
from muster.analysis.tasks import task_rows
from muster.analysis.worth import team_worth
from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.models.governance import load_table
from muster.models.price_frame import token_prices
from muster.reports.assumptions.people import load_human_cost
from muster.reports.cost_answer import cost_markdown
from muster.reports.kpi_answer import kpi_markdown
from muster.reports.model_choice import model_choice_markdown
from muster.reports.team_worth import worth_markdown
from notebooks.execute import FOLDER, executed
from tests.acceptance.worked import work_done

NUMBERED = sorted(FOLDER.glob("[0-9]*.py"))
Answer = Callable[[pl.LazyFrame], str]


def human() -> HumanCost:
    return load_human_cost(load_settings().assumptions_dir)


def worth(events: pl.LazyFrame) -> str:
    return worth_markdown(team_worth(task_rows(events), human()).collect(), human())


def kpis(events: pl.LazyFrame) -> str:
    return kpi_markdown(pictures(events, human=human(), now=datetime.now(UTC)))


def costs(events: pl.LazyFrame) -> str:
    drawn = pictures(events, human=human(), now=datetime.now(UTC))
    return cost_markdown(drawn, cache_savings(events, prices().lazy()).collect())


def choice(events: pl.LazyFrame) -> str:
    roles = role_models(events, task_rows(events)).collect()
    return model_choice_markdown(roles, repriced(events, prices().lazy()).collect())


def prices() -> pl.DataFrame:
    table = load_table(load_settings().policies_dir / "models.yaml")
    return token_prices(table, table.models)


ANSWERS: dict[str, tuple[str, Answer]] = {
    "01_team_worth": ("Which team is worth its cost?", worth),
    "02_kpis": ("How are the agents doing?", kpis),
    "04_cost_and_caching": ("What does the work cost, and does caching pay?", costs),
    "07_model_choice": ("Which model should serve which role?", choice),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_first_cell_answers_its_question(
    name: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, answer = ANSWERS[name]
    asyncio.run(work_done(database_url, tasks=150))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)

    first = executed(FOLDER / f"{name}.py").cells[0]

    said = answer(LedgerReader(database_url).events().lazy())
    assert first.source.startswith(f"# {question}")
    assert [output.data["text/markdown"] for output in first.outputs] == [said]
    assert "too few" not in said.splitlines()[2]


def test_an_empty_ledger_is_said_to_be_empty(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    for name, (_, answer) in ANSWERS.items():
        said = answer(LedgerReader(database_url).events().lazy())
        cells = executed(FOLDER / f"{name}.py").cells
        assert [output.data["text/markdown"] for output in cells[0].outputs] == [said]


@pytest.mark.parametrize("text", NUMBERED, ids=lambda path: path.stem)
def test_the_notebook_people_see_is_the_text_people_review(text: Path) -> None:
    reviewed, seen = jupytext.read(text), jupytext.read(text.with_suffix(".ipynb"))

    assert [cell.source for cell in seen.cells] == [cell.source for cell in reviewed.cells]
    code = [cell for cell in reviewed.cells if cell.cell_type == "code"]
    assert sum(len(cell.source.splitlines()) for cell in code) < 150
    assert all("def " not in cell.source for cell in code)
