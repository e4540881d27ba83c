import json
from pathlib import Path
from typing import Any

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.models.rehearsal.conversation import read_conversation
from muster.models.rehearsal.request import parse_request
from muster.models.rehearsal.settings import RehearsalSettings
from muster.teams.manifest import load_manifest
from muster.teams.manifest_model import TeamManifest
from tests.benchmarks.team_tokens import compared, frame, lines, part_of_day, verdict
from tests.benchmarks.team_tokens_model import LoneActor, OneHead, lone_manifest

TEAMS = PROJECT_ROOT / "data" / "teams"
PROMPTS = PROJECT_ROOT / "tests" / "benchmarks" / "team_tokens_prompts"
NAMES = sorted(path.parent.name for path in TEAMS.glob("*/team.yaml"))
QUIET = RehearsalSettings(mistake_rate=0, obedience_rate=0)
CUSTOMER = {
    "found": True,
    "customer": {"customer_id": "C-1", "name": "Jane Doe", "email": "jane@post.example"},
}
ORDER = {"order_number": "BL-10001", "customer_id": "C-1", "status": "shipped"}
SHIPMENT = {
    "order_number": "BL-10001",
    "status": "in_transit",
    "carrier": "Post",
    "expected_on": "2026-11-23",
}


def task(number: int, team: str, tokens: int, usd: str, status: str = "completed") -> dict[str, Any]:
    """A row as a day gives it."""
    return {
        "task_id": f"tsk_{number}", "team": team, "source": "mail", "external_id": str(number),
        "status": status,
        "input_tokens": tokens, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0,
        "model_calls": 2, "tool_calls": 1, "model_cost_usd": usd,
    }  # fmt: skip


def played(team: str, mail: str, systems: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The tools a lone agent of the team uses on a mail, in order, to the end."""
    manifest = load_manifest(TEAMS / team)
    actor = LoneActor(QUIET, {team: OneHead(manifest)})
    tools = lone_manifest(manifest)["agents"][0]["tools"]
    body: dict[str, Any] = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 2048,
        "system": [{"type": "text", "text": (PROMPTS / f"{team}.md").read_text(encoding="utf-8")}],
        "messages": [{"role": "user", "content": mail}],
        "tools": [
            {"name": name, "description": name, "input_schema": {"type": "object"}}
            for name in [*tools, "finish", "escalate"]
        ],
    }
    uses: list[tuple[str, dict[str, Any]]] = []
    for _ in range(12):
        request = parse_request(json.dumps(body).encode())
        blocks = list(actor.reply(request, read_conversation(request)).blocks)
        calls = [block for block in blocks if block["type"] == "tool_use"]
        uses += [(call["name"], call["input"]) for call in calls]
        if calls[0]["name"] in ("finish", "escalate"):
            return uses
        body["messages"].append({"role": "assistant", "content": blocks})
        results = [
            {
                "type": "tool_result",
                "tool_use_id": call["id"],
                "content": json.dumps(systems[call["name"].partition("__")[2]]),
            }
            for call in calls
        ]
        body["messages"].append({"role": "user", "content": results})
    raise AssertionError(f"no end: {uses}")


def mail(text: str) -> str:
    return (
        '<task id="tsk_1" channel="mail" priority="low" received_at="2026-11-21T10:00:00Z">\n'
        f"From: Jane Doe <jane@post.example>\nTo: us@shop.example\nSubject: Hello\n\n{text}\n</task>"
    )


def test_a_lone_agent_does_in_one_conversation_what_its_colleagues_do_with_hand_overs() -> None:
    systems: dict[str, dict[str, Any]] = {
        "find_customer": CUSTOMER,
        "get_order": ORDER,
        "track_shipment": SHIPMENT,
        "send_message": {},
    }

    uses = played("support", mail("Where is my parcel BL-10001? I have waited for a week."), systems)

    names = [name.partition("__")[2] or name for name, _ in uses]
    assert names == ["find_customer", "get_order", "track_shipment", "send_message", "finish"]
    assert dict(uses)["mail__send_message"]["to"] == "jane@post.example"


def test_a_lone_agent_stops_where_a_person_is_asked_for() -> None:
    uses = played("support", mail("I want to speak to a human about BL-10001."), {})

    assert [(name, given["reason"]) for name, given in uses] == [("escalate", "customer_asked")]


@pytest.mark.parametrize("name", NAMES)
def test_a_lone_agent_has_every_tool_of_its_team_and_a_prompt_of_its_own(name: str, tmp_path: Path) -> None:
    team = load_manifest(TEAMS / name)
    made = lone_manifest(team)
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "all_rounder.md").write_text((PROMPTS / f"{name}.md").read_text())
    (tmp_path / "team.yaml").write_text(json.dumps(made))

    lone = TeamManifest.model_validate(made)

    assert set(lone.agents[0].tools) == {tool for agent in team.agents for tool in agent.tools}
    assert (PROMPTS / f"{name}.md").read_text().startswith(f"# Role: {lone.agents[0].title}\n")


def test_both_are_compared_on_the_same_tasks_by_domain_and_in_all() -> None:
    team = frame(
        [task(n, "support", 900 + n, "0.002") for n in range(40)] + [task(99, "leads", 500, "0.001")]
    )
    alone = frame([task(n, "support", 1800 + 2 * n, "0.001") for n in range(40)])

    table = compared(team, alone)

    rows = {row["team"]: row for row in table.iter_rows(named=True)}
    assert set(rows) == {"support", "all teams"}
    support = rows["support"]
    assert (support["tasks"], support["same_end"]) == (40, 1.0)
    assert support["tokens_ratio"] == pytest.approx(0.5)
    assert support["cost_usd_ratio"] == pytest.approx(2.0)
    assert support["tokens_low"] <= 0.5 <= support["tokens_high"]
    assert any("tokens" in line and "the team takes less" in line for line in lines(table))


def test_weighted_tokens_count_each_kind_by_its_price() -> None:
    row = task(1, "support", 100, "0.001") | {
        "output_tokens": 10,
        "cache_read_tokens": 1000,
        "cache_write_tokens": 100,
    }

    made = frame([row])

    assert made["tokens"][0] == 1210
    assert made["weighted"][0] == pytest.approx(100 + 50 + 100 + 125)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.5, 0.9, "the team takes less"),
        (1.1, 1.4, "one agent takes less"),
        (0.9, 1.1, "no difference can be told"),
    ],
)
def test_the_verdict_needs_the_whole_interval_on_one_side(low: float, high: float, said: str) -> None:
    assert verdict(low, high) == said


def test_a_part_of_the_day_holds_the_first_messages_of_each_team(tmp_path: Path) -> None:
    demo = PROJECT_ROOT / "data" / "demo"

    part_of_day(demo, 3, tmp_path / "part")

    truths = [json.loads(line) for line in (demo / "truth.jsonl").read_text().splitlines()]
    mails = {path.name for path in (tmp_path / "part" / "mail").glob("*.eml")}
    first = [truth["message"] for truth in truths if truth["team"] == "support"][:3]
    assert {Path(message).name for message in first} <= mails
    assert len(mails) < 12
    assert len((tmp_path / "part" / "webhooks.jsonl").read_text().splitlines()) == 3
