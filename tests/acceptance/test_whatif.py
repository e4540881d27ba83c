"""What if, as it is asked: the command, the page and the notebook say the same of the same day."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from notebooks.execute import FOLDER, executed
from tests.acceptance.told_company import settled, told_day

ROOT = Path(__file__).parents[2]
MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]


@pytest.fixture
def day(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The ids of a told day's tasks; its ledger is the installation's."""
    settled(tmp_path, database_url, monkeypatch)
    return asyncio.run(told_day(database_url))


def muster(*words: str) -> subprocess.CompletedProcess[str]:
    command = [*MUSTER, "whatif", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page("views/whatif.py").run()


def said(app: AppTest) -> str:
    assert not app.exception, app.exception[0].value
    parts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.error]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_the_command_says_which_tasks_what_it_comes_to_and_what_is_not_known(day: dict[str, str]) -> None:
    done = muster("--confidence-below", "0.9", "--commit-below", "500", "--json")
    assert done.returncode == 0, done.stderr
    unsure, money = json.loads(done.stdout)
    tasks: list[dict[str, Any]] = unsure["sources"]["rehearsal"]["tasks"]
    assert [task["task_id"] for task in tasks] == [day["unsure"]]
    [company] = [row for row in unsure["sources"]["rehearsal"]["totals"] if row["team"] is None]
    assert (company["n"], company["affected"], company["errors_less"]) == (6, 1, 1)
    assert (unsure["reproduced"], unsure["decisions"]) == (6, 6)
    assert [task["committed"] for task in money["sources"]["rehearsal"]["tasks"]] == ["-450.000000"]
    assert any("is not known" in line for line in money["unknown"])

    told = muster("--confidence-below", "0.9").stdout
    assert "What if answers with a confidence under 0.90 go to a person?" in told
    assert "1 of 6 tasks would have changed" in told.replace("\n", " ")
    assert day["unsure"] in told
    assert "What the record cannot tell:" in told


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("--confidence-below", "0.9", "--team", "finance"), 2, "choose one of support"),
        (("--money", "broken.yaml"), 3, "currency: Field required"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(
    day: dict[str, str], tmp_path: Path, words: tuple[str, ...], code: int, complaint: str
) -> None:
    assert day
    broken = tmp_path / "broken.yaml"
    broken.write_text("bands: []\n")
    done = muster(*(str(broken) if word == "broken.yaml" else word for word in words))
    assert done.returncode == code
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_answers_what_its_address_asks(day: dict[str, str]) -> None:
    shown = page(confidence_below="0.9", commit_below="500")

    text = said(shown)
    assert "What if answers with a confidence under 0.90 go to a person?" in text
    assert "What if an agent alone commits less than 500 EUR to one payee in a day?" in text
    metrics = [(each.label, each.value) for each in shown.metric]
    assert ("Tasks changed", "1") in metrics
    assert ("People", "+12 min") in metrics
    assert ("Money agents commit", "−450.00 EUR") in metrics
    links = [frame.value["link"].to_list() for frame in shown.dataframe]
    assert links == [[f"./tasks?task={day['unsure']}"], [f"./tasks?task={day['dear']}"]]
    assert "6 of 6 recorded decisions come out as recorded" in text
    assert shown.number_input(key="confidence_below").value == 0.9


def test_a_setting_changed_on_the_page_stands_in_the_address(day: dict[str, str]) -> None:
    assert day
    shown = page()
    assert "Change a setting" in said(shown)
    shown.number_input(key="tool_calls_over").set_value(1).run()
    assert dict(shown.query_params)["tool_calls_over"] == "1"
    assert "What if a run with more than 1 tool call goes to a person?" in said(shown)


def test_the_page_says_what_is_wrong_with_a_question(day: dict[str, str]) -> None:
    assert day
    assert "Opus answered nothing in the period" in said(page(price="opus=1,2"))


def test_an_amount_in_the_address_is_asked_about_to_the_cent(day: dict[str, str]) -> None:
    assert day
    shown = page(commit_below="1234567.89")
    assert "commits less than 1234567.89 EUR to one payee" in said(shown)
    assert dict(shown.query_params)["commit_below"] == "1234567.89"
    assert "Change a setting" in said(page(usd_per_day="1e400", tool_calls_over="9" * 40))


def test_the_page_of_an_empty_ledger_says_so(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(tmp_path, database_url, monkeypatch)
    assert "No task ended in the period" in said(page(confidence_below="0.9"))


def test_the_notebooks_first_cell_answers_its_question(day: dict[str, str]) -> None:
    assert day
    first, *_ = executed(FOLDER / "06_what_if.py").cells
    assert first.source.startswith("# What if agents asked a person sooner, and committed less money alone?")
    [output] = first.outputs
    answer = output.data["text/markdown"]
    assert "1 of 6 tasks would have changed" in answer
    assert "−450.00 EUR" in answer
    assert "6 of 6 recorded decisions come out as recorded when nothing is changed" in answer
