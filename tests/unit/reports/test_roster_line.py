"""One agent's line of the roster, from what is in force around it."""

from decimal import Decimal
from typing import Any

import pytest

from muster.models.table import ModelTable
from muster.reports import roster_table as words
from muster.reports.roster_line import Drawn, Halt, Office, RosterLine, roster_line
from muster.teams.manifest_model import TeamManifest
from muster.teams.standard import Standard

MODELS = ModelTable.model_validate(
    {"roles": {"specialist": {"model": "claude-sonnet-5-5", "max_tokens": 900}}}
)
TEAM = TeamManifest.model_validate(
    {
        "team": "support",
        "title": "Support",
        "owner": "owner@example.com",
        "description": "Answers customers.",
        "coordinator": "desk",
        "intake": {},
        "budget": {"usd_per_day": Decimal(20)},
        "agents": [
            {
                "name": "desk",
                "title": "Desk",
                "description": "Reads first.",
                "tier": "ingestion",
                "phase": "core",
                "model": "specialist",
                "prompt": "prompts/desk.md",
                "tools": ["shop__get_order"],
                "budget": {"usd_per_day": Decimal(5), "model_calls_per_day": 100},
            }
        ],
    }
)


def line(**around: Any) -> RosterLine:
    """The desk's line with these things in force."""
    known: dict[str, Any] = {"halts": {}, "phases": {}, "prompts": {}, **around}
    return roster_line(TEAM, 3, TEAM.agents[0], Office(Standard(), MODELS, **known))


def halts(**status: str) -> dict[str, Any]:
    """Halts by who; `desk` stands for `support/desk`."""
    names = {"desk": "support/desk"}
    return {
        "halts": {
            names.get(who, who): Halt(names.get(who, who), what, "a reason")  # type: ignore[arg-type]
            for who, what in status.items()
        }
    }


@pytest.mark.parametrize(
    ("granted", "in_force", "said"),
    [
        (None, "co-pilot", "co-pilot (may become core)"),
        ("edge", "edge", "edge (may become core)"),
        ("core", "core", "core"),
    ],
)
def test_the_phase_in_force_is_the_lower_one(granted: str | None, in_force: str, said: str) -> None:
    mine = line(phases={"support/desk": granted} if granted else {"support/other": "core"})

    assert (mine.phase, words.phase(mine)) == (in_force, said)


@pytest.mark.parametrize(
    ("halted", "status", "said"),
    [
        ({}, "active", "active"),
        ({"desk": "paused"}, "paused", "paused"),
        ({"support": "draining"}, "draining", "team draining"),
        ({"fleet": "paused"}, "paused", "fleet paused"),
        ({"desk": "draining", "fleet": "paused"}, "paused", "fleet paused"),
        ({"desk": "paused", "support": "draining"}, "paused", "paused"),
        ({"desk": "paused", "support": "paused"}, "paused", "paused"),
        ({"sales": "paused"}, "active", "active"),
    ],
)
def test_the_harder_halt_of_agent_team_and_fleet_is_told(
    halted: dict[str, str], status: str, said: str
) -> None:
    mine = line(**halts(**halted))

    assert (mine.status, words.status(mine)) == (status, said)


def test_what_is_left_is_neither_spent_nor_reserved_and_never_under_nothing() -> None:
    drawn = {"agent:support/desk": Drawn(Decimal("4.25"), 93), "team:support": Drawn(Decimal(21))}

    mine = line(drawn=drawn)

    assert words.left(mine.budget) == "$0.750 of $5.00, 7 of 100 calls"
    assert words.left(mine.team_budget) == "$0.00 of $20.00"
    assert words.left(line().budget) == "$5.00 of $5.00, 100 of 100 calls"


def test_prompts_and_models_that_are_missing_are_said() -> None:
    bare = line()
    typed = line(prompts={"support/desk": {"refund": 2, "": 7, "complaint": 1}})

    assert (words.prompts(bare), words.prompts(typed)) == ("none", "v7, complaint v1, refund v2")
    assert words.model(bare) == "claude-sonnet-5-5"
    nobody = TEAM.agents[0].model_copy(update={"model": "poet"})
    office = Office(Standard(), MODELS, halts={}, phases={}, prompts={})
    assert words.model(roster_line(TEAM, 3, nobody, office)) == "none for this role"


def test_every_halt_is_named_once_beside_the_fleets() -> None:
    halted = line(**halts(fleet="paused", support="draining", desk="paused"))

    assert words.halts([halted, halted]) == [
        "support is draining: a reason",
        "support/desk is paused: a reason",
    ]
    assert words.halted(Halt("fleet", "paused", None)) == "everybody is paused: no reason given"
