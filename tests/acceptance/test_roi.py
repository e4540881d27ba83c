"""Return and payback as they are met: the command, the page, the notebook, on a real ledger."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest
from streamlit.testing.v1 import AppTest

from muster.analysis.roi.returns import returns
from muster.analysis.tasks import task_rows
from muster.core.settings import Settings
from muster.ledger.reader import LedgerReader
from muster.reports.roi import all_cases
from muster.reports.roi_words import middle, plain_return, roi_markdown
from muster.services.ports import free_port
from notebooks.execute import FOLDER, executed
from tests.acceptance.worked import work_done

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
MUSTER = [sys.executable, "-c", "from muster.cli import main; main()"]
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
ASSUMPTIONS = Settings().assumptions_dir
EXAMPLE = ASSUMPTIONS / "examples" / "headless-support.yaml"


@pytest.fixture
def company_url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger with 120 rehearsed tasks of four teams."""
    asyncio.run(work_done(database_url))
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)
    return database_url


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo's assumptions to change, in force."""
    copied = copytree(ASSUMPTIONS, tmp_path / "assumptions")
    monkeypatch.setenv("MUSTER_ASSUMPTIONS_DIR", str(copied))
    return copied


def muster(*words: str, url: str = NOWHERE, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MUSTER, "roi", *words],
        env={**os.environ, "MUSTER_DATABASE_URL": url, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page("views/roi.py").run()


def said(app: AppTest) -> str:
    assert not app.exception, app.exception[0].value
    parts = [*app.title, *app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def without_measured(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("until_measured:")], encoding="utf-8")


def test_the_command_says_what_the_analysis_says(company_url: str) -> None:
    printed = muster("--json", "--draws", "2000", "--seed", "5", url=company_url)

    told = json.loads(printed.stdout)
    cases = all_cases(task_rows(LedgerReader(company_url).events().lazy()), ASSUMPTIONS).cases
    drawn = [plain_return(returns(case, draws=2000, seed=5)) for case in cases]
    assert told["returns"] == json.loads(json.dumps(drawn))
    assert [one["team"] for one in told["returns"]] == ["finance", "leads", "support", "vendors"]
    assert {one["model_source"] for one in told["returns"]} == {"rehearsal"}
    assert {one["kind"] for one in told["yardsticks"]} == {"expectation"}


def test_one_team_is_printed_for_people(company_url: str) -> None:
    printed = muster("support", "--draws", "500", url=company_url)

    assert printed.returncode == 0
    assert "Rehearsal: a scripted stand-in answered, not a real model." in printed.stdout
    assert "break-even completion rate" in printed.stdout
    assert "ended tasks" in printed.stdout
    assert "published expectation" in printed.stdout
    assert "finance" not in printed.stdout


def test_the_guides_example_needs_no_ledger() -> None:
    printed = muster("--without-ledger", "--assumptions", str(EXAMPLE), "--draws", "100")

    assert printed.returncode == 0, printed.stderr
    for figure in ("$500,000", "$400,000", "$100,000", "80\u00a0%"):
        assert figure in printed.stdout
    assert "Assumptions alone" in printed.stdout


def test_too_few_tasks_and_nothing_assumed_is_a_sentence(company_url: str, folder: Path) -> None:
    for team in ("support", "vendors"):
        without_measured(folder / f"{team}.yaml")

    alone = muster("vendors", url=company_url)
    everyone = muster("--json", url=company_url)

    assert alone.returncode == 4
    assert alone.stderr.startswith("error: vendors: ")
    assert "30 are needed to know" in alone.stderr
    told = json.loads(everyone.stdout)
    assert {one["team"] for one in told["returns"]}.isdisjoint({"vendors"})
    assert "vendors" in {one["team"] for one in told["refused"]}


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("nobody", "--without-ledger"), 4, "error: the file of assumptions cannot be read"),
        (("support", "--assumptions", str(EXAMPLE)), 2, "error: a team and a file of assumptions are given"),
        (("support",), 5, "error: "),
    ],
)
def test_what_cannot_be_calculated_is_one_line_and_what_to_do(
    words: tuple[str, ...], code: int, line: str
) -> None:
    refused = muster(*words)

    assert refused.returncode == code, refused.stderr
    assert refused.stderr.splitlines()[0].startswith(line)
    assert refused.stderr.splitlines()[1].startswith("  do: ")


def test_the_page_shows_the_returns_figures_and_says_that_it_was_rehearsed(company_url: str) -> None:
    (case,) = (
        case
        for case in all_cases(task_rows(LedgerReader(company_url).events().lazy()), ASSUMPTIONS).cases
        if case.team == "support"
    )
    ret = returns(case)

    shown = page(team="support")

    assert {tile.label: tile.value for tile in shown.metric} == {
        "Net present value": middle(ret, "npv"),
        "Return on investment": middle(ret, "roi"),
        "Payback": middle(ret, "payback"),
        "Break-even completion rate": middle(ret, "break_even_completion"),
    }
    assert "Rehearsal: a scripted stand-in answered" in said(shown)
    assert "Not facts about this company" in said(shown)
    assert len(shown.get("plotly_chart")) == 4
    assert len(shown.table[1].value) == len(ret.inputs)


def test_real_and_rehearsed_returns_are_chosen_between_never_mixed(company_url: str) -> None:
    asyncio.run(work_done(company_url, tasks=90, source="claude", seed=8))

    real, rehearsed = page(team="support"), page(team="support", source="rehearsal")

    assert "Real model (claude)." in said(real)
    assert "Rehearsal: a scripted stand-in answered" in said(rehearsed)
    assert real.metric[0].value != rehearsed.metric[0].value


def test_an_empty_ledger_leaves_the_assumptions_alone(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    without_measured(folder / "vendors.yaml")

    shown = page(team="leads")

    assert "There is no return" not in said(shown)
    assert "There is no return of 'nobody' and 'claude'" in said(page(team="nobody", source="claude"))
    assert "Assumptions alone: nothing here comes from the ledger." in said(shown)
    assert "vendors: no task has ended, 30 are needed" in said(shown)


def test_a_file_that_cannot_be_used_is_told_by_line_on_the_page(company_url: str, folder: Path) -> None:
    path = folder / "support.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("tasks/month", "tasks/day", 1), encoding="utf-8")

    shown = page()

    (sentence,) = (error.value.replace("\\", "") for error in shown.error)
    assert "volume.unit is 'tasks/day'" in sentence
    assert f"{path}:8" in sentence
    assert not shown.metric


def test_the_notebooks_first_cell_answers_when_each_team_is_paid_back(company_url: str) -> None:
    first = executed(FOLDER / "05_roi_and_payback.py").cells[0]

    cases = all_cases(task_rows(LedgerReader(company_url).events().lazy()), ASSUMPTIONS).cases
    assert first.source.startswith("# When is each team paid back")
    assert [output.data["text/markdown"] for output in first.outputs] == [
        roi_markdown([returns(case) for case in cases])
    ]


@contextmanager
def dashboard() -> Iterator[str]:
    """The address of the dashboard, served as it is in production."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address=127.0.0.1"]
    served = subprocess.Popen(
        [*command, f"--server.port={port}"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        served.terminate()
        served.wait(20)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
def test_a_browser_draws_the_page_on_a_wide_and_on_a_narrow_screen(company_url: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    with dashboard() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        _open(tab, f"{address}/roi?team=leads")
        tab.wait_for_selector(".js-plotly-plot .waterfalllayer .bars", timeout=60_000)
        for width in (1280, 400):
            tab.set_viewport_size({"width": width, "height": 1000})
            main = "document.querySelector('[data-testid=stMain]')"
            tab.wait_for_function(
                f"{main}.clientWidth <= {width} && {main}.scrollWidth <= {main}.clientWidth"
            )
            tab.screenshot(path=tmp_path / f"roi-{width}.png")
            assert (tmp_path / f"roi-{width}.png").stat().st_size > 20_000
        browser.close()


def _open(tab: object, address: str) -> None:
    """Go there, as often as it takes the server to come up."""
    from playwright.sync_api import Error, Page

    assert isinstance(tab, Page)
    for _ in range(300):
        try:
            tab.goto(address)
            return
        except Error:
            tab.wait_for_timeout(200)
    raise AssertionError(f"nothing answers at {address}")
