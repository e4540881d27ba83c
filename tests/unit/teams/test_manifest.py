"""What a team owner is told about a manifest."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.teams.manifest import ManifestError, load_manifest, load_prompts_by_type
from muster.teams.manifest_schema import SCHEMA_FILE, schema_text

TEAMS = sorted((PROJECT_ROOT / "data" / "teams").glob("*/team.yaml"))

GOOD = """\
team: returns
title: Returns
owner: boss@shop.example
description: Takes parcels back.
coordinator: desk
intake:
  mail: [returns@shop.example]
budget: {usd_per_day: 10}
agents:
  - name: desk
    title: Desk
    description: Sorts the mail.
    tier: negotiation
    model: coordinator
    prompt: prompts/desk.md
    tools: [shop__find_customer]
    hand_off_to: [clerk]
  - name: clerk
    title: Clerk
    description: Pays back.
    tier: reconciliation
    model: specialist
    prompt: prompts/clerk.md
    tools:
      - shop__get_order
      - shop__issue_refund
    budget:
      usd_per_day: 4
      usd_per_task: 0.25
      model_calls_per_task: 9
    escalate:
      confidence_below: 0.9
      tool_calls_over: 4
"""


@pytest.fixture
def team(tmp_path: Path) -> Path:
    (tmp_path / "prompts").mkdir()
    for name in ("desk", "clerk"):
        (tmp_path / "prompts" / f"{name}.md").write_text(
            f"# Role: {name}\n\nDo the work.\n", encoding="utf-8"
        )
    (tmp_path / "team.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def problems(team: Path, *changes: tuple[str, str]) -> list[tuple[int, str, str]]:
    text = GOOD
    for old, new in changes:
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    (team / "team.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as raised:
        load_manifest(team)
    return [(problem.line, problem.what, problem.do) for problem in raised.value.problems]


def test_a_good_manifest_is_read_with_the_standards_filled_in(team: Path) -> None:
    manifest = load_manifest(team)
    desk, clerk = manifest.agent("desk"), manifest.agent("clerk")
    assert clerk.budget.usd_per_task == Decimal("0.25")
    assert (desk.escalate.confidence_below, desk.escalate.tool_calls_over, desk.phase) == (0.80, 6, "edge")
    assert load_prompts_by_type(team, manifest)["desk", ""].startswith("# Role: desk")


@pytest.mark.parametrize(
    ("change", "line", "what", "do"),
    [
        (("title: Returns\n", ""), 1, "title is missing", "add `title:`"),
        (("coordinator: desk", "coordinator: dsk"), 5, "no agent is named 'dsk'", "use one of desk, clerk"),
        (("usd_per_day: 10", "usd_per_day: 0"), 8, "budget.usd_per_day is 0", "set it above 0"),
        (("tier: negotiation", "tier: boss"), 13, "agents[0].tier is 'boss'", "'negotiation'"),
        (("    tools: [shop__find", "    tols: [shop__find"), 16, "agents[0].tols is not a field", "`tools`"),
        (("hand_off_to: [clerk]", "hand_off_to: [desk]"), 17, "hand work to itself", "remove it"),
        (
            ("hand_off_to: [clerk]", "hand_off_to: [cleric]"),
            17,
            "no agent is named 'cleric'",
            "use one of clerk",
        ),
        (("name: clerk", "name: desk"), 18, "two agents are named 'desk' (first on line 10)", "rename"),
        (("prompts/clerk.md", "prompts/klerk.md"), 23, "no prompt file prompts/klerk.md", "# Role: "),
        (("prompts/clerk.md", "../clerk.md"), 23, "outside the team's folder", "beside the manifest"),
        (("- shop__issue_refund", "- shop__get_order"), 26, "'shop__get_order' is listed twice", "remove"),
        (("- shop__issue_refund", "- issue_refund"), 26, "is 'issue_refund'", "<server>__<tool>"),
        (("usd_per_task: 0.25", "usd_per_task: 5"), 29, "a task may cost 5 but a day only 4", "lower"),
        (("usd_per_day: 4\n", "usd_per_day: 40\n"), 28, "40 a day, the team only 10", "lower"),
        (("model_calls_per_task: 9", "model_calls_per_task: 31"), 30, "above the limit", "30 or less"),
        (("confidence_below: 0.9", "confidence_below: 0.4"), 32, "below the floor", "0.5 or more"),
        (("tool_calls_over: 4", "tool_calls_over: 21"), 33, "above the limit", "20 or less"),
    ],
)
def test_a_problem_is_told_with_its_line_and_what_to_do(
    team: Path, change: tuple[str, str], line: int, what: str, do: str
) -> None:
    found = [problem for problem in problems(team, change) if what in problem[1]]
    assert len(found) == 1, problems(team, change)
    assert found[0][0] == line
    assert do in found[0][2]


def test_every_problem_is_told_at_once_in_the_order_of_the_file(team: Path) -> None:
    found = problems(
        team,
        ("owner: boss@shop.example", "owner: the boss"),
        ("coordinator: desk", "coordinator: nobody"),
        ("confidence_below: 0.9", "confidence_below: 0.1"),
        ("prompts/desk.md", "prompts/gone.md"),
    )
    assert [line for line, _, _ in found] == [3, 5, 15, 32]


def test_text_that_is_not_yaml_is_told_with_its_line(team: Path) -> None:
    found = problems(team, ("title: Returns", "title: [Returns"))
    assert found[0][0] in (2, 3)
    assert found[0][1].startswith("not valid YAML")


def test_a_key_written_twice_is_told_with_its_line(team: Path) -> None:
    found = problems(team, ("title: Returns", "title: Returns\ntitle: Again"))
    assert found[0][0] == 3
    assert "duplicate key" in found[0][1]


def test_a_prompt_without_its_role_line_is_refused(team: Path) -> None:
    (team / "prompts" / "desk.md").write_text("You are a desk.\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="no role line") as raised:
        load_manifest(team)
    assert raised.value.exit_code == 4


def test_an_unknown_model_role_is_refused_where_the_roles_are_known(team: Path) -> None:
    with pytest.raises(ManifestError, match="no model role is named 'specialist'"):
        load_manifest(team, model_roles={"coordinator"})


def test_a_folder_without_a_manifest_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read: No such file") as raised:
        load_manifest(tmp_path)
    assert raised.value.do == "put a team.yaml there"


def test_the_published_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "run python -m muster.teams.manifest_schema"
    )
    assert json.loads(schema_text())["additionalProperties"] is False


@pytest.mark.parametrize("path", TEAMS, ids=lambda path: path.parent.name)
def test_a_kept_team_is_sound_and_opens_with_its_schema(path: Path) -> None:
    load_manifest(path)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    reference = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / reference).resolve() == SCHEMA_FILE


def test_the_kept_teams_hold_sixteen_agents_over_three_tiers() -> None:
    agents = [agent for path in TEAMS for agent in load_manifest(path).agents]
    assert len(agents) == 16
    assert {agent.tier for agent in agents} == {"ingestion", "negotiation", "reconciliation"}
