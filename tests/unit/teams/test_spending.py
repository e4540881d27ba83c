"""What a model call draws on, and how the company's own limits are read."""

from decimal import Decimal
from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.teams.errors import SpendingFileError
from muster.teams.manifest_model import TeamManifest
from muster.teams.spending import FleetLimits, budgets_of_call, load_fleet_limits


def manifest(**budget: object) -> TeamManifest:
    agent = {
        "name": "desk",
        "title": "Desk",
        "description": "answers",
        "tier": "ingestion",
        "model": "classifier",
        "prompt": "prompts/x.md",
        "budget": {"usd_per_day": "5", "usd_per_task": "0.50", "model_calls_per_task": 6, **budget},
    }
    return TeamManifest.model_validate(
        {
            "team": "support",
            "title": "Support",
            "owner": "owner@example.com",
            "description": "tests",
            "coordinator": "desk",
            "intake": {},
            "budget": {"usd_per_day": "20", "model_calls_per_day": 900},
            "agents": [agent],
        }
    )


def test_a_call_draws_on_call_task_agent_team_and_fleet() -> None:
    team = manifest(model_calls_per_day=300)
    fleet = FleetLimits(usd_per_day=Decimal(200), model_calls_per_day=5_000, usd_per_call=Decimal(2))
    drawn = budgets_of_call(team.agents[0], team, "tsk_1", fleet)
    assert [(one.scope, one.period, one.limit_usd, one.limit_calls) for one in drawn] == [
        ("call of support/desk", "call", Decimal(2), None),
        ("task:tsk_1/desk", "task", Decimal("0.50"), 6),
        ("agent:support/desk", "day", Decimal(5), 300),
        ("team:support", "day", Decimal(20), 900),
        ("fleet", "day", Decimal(200), 5_000),
    ]


@pytest.mark.parametrize(("own", "limit"), [("0.25", "0.25"), ("9", "2.00"), (None, "2.00")])
def test_an_agent_can_lower_the_limit_of_a_call_and_not_raise_it(own: str | None, limit: str) -> None:
    team = manifest(usd_per_call=own)
    call, *_ = budgets_of_call(team.agents[0], team, "tsk_1", FleetLimits())
    assert call.limit_usd == Decimal(limit)


def test_the_companys_own_file_is_read() -> None:
    limits = load_fleet_limits(PROJECT_ROOT / "data" / "policies" / "budgets.yaml")
    assert (limits.usd_per_day, limits.usd_per_call) == (Decimal(200), Decimal("2.00"))


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_fleet_limits(tmp_path / "none.yaml") == FleetLimits()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("usd_per_day: -1", "usd_per_day"),
        ("usd_per_week: 5", "usd_per_week"),
        ("- a list", "the file"),
        ("usd_per_day: [", "while parsing"),
    ],
)
def test_a_file_that_says_something_else_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "budgets.yaml"
    file.write_text(text)
    with pytest.raises(SpendingFileError, match=said) as refusal:
        load_fleet_limits(file)
    assert refusal.value.where == str(file)
