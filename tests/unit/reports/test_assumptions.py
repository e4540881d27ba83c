"""Files of assumptions: what is read from them, and what is refused, with the line and what to write."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest
from pydantic import BaseModel

from muster.analysis.human import HumanCost
from muster.analysis.roi.case import case_of
from muster.analysis.roi.inputs import INPUTS
from muster.analysis.roi.returns import returns
from muster.analysis.roi.spreads import Beta, Lognormal, Pert, Point, Triangular
from muster.analysis.roi.yardsticks import YARDSTICKS
from muster.core.settings import PROJECT_ROOT, Settings
from muster.reports.assumptions.checks import look_at
from muster.reports.assumptions.load import load_company, load_team, team_file, teams_with_assumptions
from muster.reports.assumptions.model import CompanyAssumptions, TeamAssumptions, UntilMeasured
from muster.reports.assumptions.people import load_human_cost
from muster.reports.assumptions.problems import AssumptionsFileError

FOLDER = Settings().assumptions_dir
EXAMPLE = FOLDER / "examples" / "headless-support.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the demo's files to spoil."""
    return copytree(FOLDER, tmp_path / "assumptions")


def spoil(path: Path, old: str, new: str) -> int:
    """Put `new` where `old` stands first; gives the line it stood on."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def refused(read: Callable[[], object]) -> AssumptionsFileError:
    with pytest.raises(AssumptionsFileError) as error:
        read()
    return error.value


@pytest.mark.parametrize("team", ["finance", "leads", "support", "vendors"])
def test_the_demos_files_give_every_input_and_say_that_they_are_invented(team: str) -> None:
    assumed = load_team(team_file(FOLDER, team), load_company(FOLDER))

    assert assumed.team == team
    assert set(assumed.stated) == set(INPUTS)
    assert all("Invented for the demo company" in one.source for one in assumed.stated.values())
    assert case_of(assumed, None).horizon_months == 36


def test_every_team_of_the_demo_has_a_file() -> None:
    teams = sorted(path.parent.name for path in Settings().teams_dir.glob("*/team.yaml"))

    assert teams_with_assumptions(FOLDER) == teams


def test_every_form_of_a_value_is_read() -> None:
    stated = load_team(team_file(FOLDER, "support"), load_company(FOLDER)).stated

    assert stated["loaded_rate"].spread == Point(42.0)
    assert stated["minutes_by_hand"].spread == Triangular(6, 9, 16)
    assert stated["capture_share"].spread == Pert(0.3, 0.6, 0.9)
    assert stated["build_cost"].spread == Lognormal(18_000, 45_000)
    assert stated["completion_rate"].spread == Beta(16, 4)
    assert stated["minutes_by_hand"].source.startswith("sampled records: ")


def test_the_guides_arithmetic_comes_out_as_published() -> None:
    ret = returns(case_of(load_team(EXAMPLE, load_company(FOLDER)), None), draws=11)

    published = {one.measure: one.low for one in YARDSTICKS if one.scope == "its support team"}
    assert published == {
        "by_hand_a_year": 500_000,
        "completion_rate": 0.8,
        "taken_over_a_year": 400_000,
        "left_a_year": 100_000,
    }
    for measure, value in published.items():
        row = ret.figure(measure)
        assert (row["p5"], row["p50"], row["p95"]) == (
            pytest.approx(value),
            pytest.approx(value),
            pytest.approx(value),
        )
    bridge = {row["part"]: row["mean"] for row in ret.bridge.iter_rows(named=True)}
    assert bridge["work taken over"] == bridge["what is left"] == pytest.approx(400_000)
    assert "expectation" in ret.case.quantities["completion_rate"].source


def test_published_figures_are_marked_as_expectations_with_their_source() -> None:
    assert all("published expectation" in one.source and "headless" in one.source for one in YARDSTICKS)
    told = {(one.measure, one.scope): (one.low, one.high) for one in YARDSTICKS}
    assert told["roi", "agent teams in general"] == (1.71, 1.71)
    assert told["payback", "agent teams in general"] == (5, 7)
    assert told["payback", "service"] == (4.1, 4.1)
    assert told["payback", "engineering"] == (9.3, 9.3)


BAD = {
    "missing": ("capture_share:\n", "captured: &x\n", "capture_share is missing; write `capture_share: {"),
    "unknown field": (
        "run_cost:",
        "runing_cost:",
        "runing_cost is not a field here; did you mean `run_cost`?",
    ),
    "negative": ("{uniform: [600, 1200]}", "-600", "run_cost.value: it can be -600, below zero"),
    "negative end": ("[600, 1200]", "[-600, 1200]", "run_cost.value: it can be -600, below zero"),
    "wrong unit": (
        "unit: tasks/month",
        "unit: tasks/year",
        "volume.unit is 'tasks/year'; give the value in 'tasks/month'",
    ),
    "percent": ("{pert: [0.3, 0.6, 0.9]}", "60", "capture_share.value: it can be 60, above 1; write a share"),
    "share without end": (
        "{pert: [0.3, 0.6, 0.9]}",
        "{lognormal: {p10: 0.3, p90: 0.9}}",
        "capture_share.value: it can be inf, above 1",
    ),
    "unknown distribution": (
        "{triangular: [6, 9, 16]}",
        "{triangle: [6, 9, 16]}",
        "'triangle' is no distribution; did you mean `triangular`?",
    ),
    "another distribution": (
        "{triangular: [6, 9, 16]}",
        "{cauchy: [6, 9]}",
        "'cauchy' is no distribution; use uniform",
    ),
    "too few numbers": (
        "[6, 9, 16]",
        "[6, 16]",
        "triangular does not have 3 numbers; write triangular: [low, likely, high]",
    ),
    "out of order": ("[6, 9, 16]", "[6, 19, 16]", "triangular has 19 outside 6 to 16"),
    "wrong way round": (
        "p10: 18000, p90: 45000",
        "p10: 45000, p90: 18000",
        "lognormal goes from 45000 to 18000",
    ),
    "other parts": ("p10: 18000, p90: 45000", "mean: 30000", "lognormal does not have p10 and p90"),
    "two distributions": (
        "{uniform: [600, 1200]}",
        "{uniform: [600, 1200], pert: [1, 2, 3]}",
        "one distribution is expected",
    ),
    "text": (
        "{uniform: [600, 1200]}",
        "600 a month",
        "run_cost.value: a value is '600 a month', not a number",
    ),
    "text in a distribution": ("[600, 1200]", "[600, many]", "uniform is 'many', not a number"),
    "endless": ("{uniform: [600, 1200]}", ".inf", "run_cost.value: a value is inf"),
    "beyond all measure": (
        "{uniform: [600, 1200]}",
        "1" + "0" * 400,
        "run_cost.value: a value is beyond all",
    ),
    "no number": ("{uniform: [600, 1200]}", ".nan", "run_cost.value: a value is nan"),
    "yes": ("{uniform: [600, 1200]}", "true", "run_cost.value: a value is True, not a number"),
    "nothing seen": ("{hits: 16, misses: 4}", "{hits: 0, misses: 0}", "beta has 0 hits and 0 misses"),
    "blank source": (
        'source: "Invented for the demo company: hosting and a tenth of an owner"',
        'source: " "',
        "run_cost.source is empty; say who says so",
    ),
    "how found": (
        "found_by: sampled records",
        "found_by: gut feeling",
        "minutes_by_hand.found_by is 'gut feeling'; use 'stopwatch'",
    ),
    "currency": ("currency: USD", "currency: EUR", "currency is 'EUR'; convert to US dollars"),
    "team": ("team: support", "team: Support desk", "team is 'Support desk'; write the team's name"),
    "horizon": ("horizon_months: 36", "horizon_months: 0", "horizon_months is 0; set it to 1 or more"),
    "far horizon": (
        "horizon_months: 36",
        "horizon_months: 240",
        "horizon_months is 240; set it to 120 or less",
    ),
    "nested": ("unit: calls/task", "unit: share", "until_measured.answered_calls.unit is 'share'"),
    "twice": ("ramp:", "volume:", 'found duplicate key "volume"'),
    "broken YAML": ("{uniform: [600, 1200]}", "{uniform: [600", "not valid YAML"),
}
SHIFTED = {"missing": 1, "broken YAML": None}
"""Where the problem is told elsewhere than where the text was spoilt: its line, or any."""


@pytest.mark.parametrize("fault", BAD)
def test_a_figure_that_cannot_be_used_is_refused_with_its_line(fault: str, folder: Path) -> None:
    old, new, words = BAD[fault]
    path = team_file(folder, "support")
    line = spoil(path, old, new)

    error = refused(lambda: load_team(path, load_company(folder)))

    wanted = SHIFTED.get(fault, line)
    told = [str(problem) for problem in error.problems]
    assert any(words in one and (wanted is None or one.startswith(f"{path}:{wanted}: ")) for one in told), (
        told
    )
    assert all(problem.do for problem in error.problems)
    assert error.exit_code == 4


def test_a_number_without_unit_and_source_is_told_what_is_wanted(folder: Path) -> None:
    path = team_file(folder, "support")
    text = path.read_text(encoding="utf-8")
    start, end = text.index("ramp:"), text.index("error_cost:")
    path.write_text(f"{text[:start]}ramp: 3\n{text[end:]}", encoding="utf-8")

    error = refused(lambda: load_team(path, load_company(folder)))

    assert error.what == "ramp is 3, without unit and source"
    assert error.do == "write `ramp: {value: …, unit: months, source: …}`"
    assert error.where == f"{path}:{text[:start].count(chr(10)) + 1}"


def test_every_problem_of_a_file_is_listed_at_once(folder: Path) -> None:
    path = team_file(folder, "support")
    lines = [spoil(path, "[6, 9, 16]", "[6]"), spoil(path, "unit: months", "unit: weeks")]

    error = refused(lambda: load_team(path, load_company(folder)))

    assert [problem.line for problem in error.problems] == lines
    assert "2 problems in" in error.what


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: 42", "value: -42", "loaded_rate.value: it can be -42, below zero"),
        ("unit: share/year", "unit: percent", "discount_rate.unit is 'percent'"),
        ("compute_price:", "compute_cost:", "compute_price is missing"),
    ],
)
def test_the_companys_file_is_held_to_the_same(old: str, new: str, words: str, folder: Path) -> None:
    spoil(folder / "company.yaml", old, new)

    assert words in str(refused(lambda: load_company(folder)))


def test_a_missing_file_says_where_and_what_to_do(tmp_path: Path) -> None:
    assert f"{tmp_path / 'company.yaml'}:1" in str(refused(lambda: load_company(tmp_path)))
    error = refused(lambda: load_team(tmp_path / "nobody.yaml", load_company(FOLDER)))
    assert "change-an-assumption" in str(error.do)


def test_a_list_is_no_file_of_assumptions(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text("- team: support\n", encoding="utf-8")

    assert "not a mapping" in str(refused(lambda: load_team(tmp_path / "team.yaml", load_company(FOLDER))))


def test_the_companys_figures_become_the_human_cost_of_all_numbers(folder: Path) -> None:
    spoil(folder / "company.yaml", "value: 12\n", "value: {triangular: [6, 9, 12]}\n")

    human = load_human_cost(folder)

    assert (human.minutes_per_escalation, human.usd_per_hour) == (Decimal(9), Decimal(42))
    assert "company.yaml" in human.source
    told = {"minutes_per_approval": Decimal(2), "usd_per_compute_hour": Decimal("0.04048")}
    for name in told.keys() & {field.name for field in fields(HumanCost)}:
        assert getattr(human, name) == told[name]


def test_the_demos_company_file_changes_no_figure_of_the_defaults() -> None:
    human, default = load_human_cost(FOLDER), HumanCost()

    amounts = [field.name for field in fields(HumanCost) if field.name != "source"]
    assert {name: getattr(human, name) for name in amounts} == {
        name: getattr(default, name) for name in amounts
    }


def test_a_file_that_speaks_of_another_team_is_refused(folder: Path) -> None:
    path = team_file(folder, "support")
    line = spoil(path, "team: support", "team: leads")

    error = refused(lambda: load_team(path, load_company(folder), team="support"))

    assert str(error) == f"team is 'leads' in support's file ({path}:{line})"
    assert load_team(path, load_company(folder)).team == "leads"


@pytest.mark.parametrize("model", [TeamAssumptions, CompanyAssumptions, UntilMeasured])
def test_every_field_is_in_the_how_to(model: type[BaseModel]) -> None:
    text = (PROJECT_ROOT / "docs" / "how-to" / "change-an-assumption.md").read_text(encoding="utf-8")

    missing = [name for name in model.model_fields if f"`{name}`" not in text and f"{name}:" not in text]
    assert missing == []


def test_the_doctor_says_whether_the_files_can_be_used(folder: Path) -> None:
    assert look_at(folder) == ("ok", "assumptions are stated for 4 teams", None)

    spoil(folder / "vendors.yaml", "unit: tasks/month", "unit: tasks/year")

    level, what, do = look_at(folder)
    assert (level, "vendors.yaml:" in what) == ("fail", True)
    assert do
