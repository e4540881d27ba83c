"""Every notebook is executed on a real ledger, and what it says is held against the analysis."""

import asyncio
from pathlib import Path

import jupytext
import pytest

from muster.analysis.human import HumanCost
from muster.analysis.tasks import task_rows
from muster.analysis.worth import team_worth
from muster.ledger.reader import LedgerReader
from muster.reports.team_worth import worth_markdown
from notebooks.execute import FOLDER, executed
from tests.acceptance.worked import work_done


def test_the_first_cell_answers_which_team_is_worth_its_cost(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(work_done(database_url, tasks=150))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)

    first = executed(FOLDER / "01_team_worth.py").cells[0]

    tasks = task_rows(LedgerReader(database_url).events().lazy())
    worth = team_worth(tasks, HumanCost()).collect()
    answer = worth_markdown(worth, HumanCost())
    assert first.source.startswith("# Which team is worth its cost?")
    assert [output.data["text/markdown"] for output in first.outputs] == [answer]
    assert worth["cost_usd"].is_not_null().any()


@pytest.mark.parametrize("text", sorted(FOLDER.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_the_notebook_people_see_is_the_text_people_review(text: Path) -> None:
    reviewed, seen = jupytext.read(text), jupytext.read(text.with_suffix(".ipynb"))

    assert [cell.source for cell in seen.cells] == [cell.source for cell in reviewed.cells]
    code = [cell for cell in reviewed.cells if cell.cell_type == "code"]
    assert sum(len(cell.source.splitlines()) for cell in code) < 150
    assert all("def " not in cell.source for cell in code)
