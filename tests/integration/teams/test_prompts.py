"""Prompts as versions: added, put in force, taken back, deployed, and what workers get of it."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from muster.core.errors import MusterError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.rebuild import compare_state
from muster.teams.deploy import deploy_team
from muster.teams.prompt_changes import activate_prompt, add_prompt, prompt_diff, roll_back_prompt
from muster.teams.prompt_register import PromptTextError, prompt_versions
from muster.teams.prompts import PromptShelf, PromptUnknownError
from muster.teams.roster import deployed_team
from muster.teams.run import work_on
from tests.integration.teams.desk_folder import desk_folder, prompt_text, write_prompt
from tests.integration.teams.scripted import ScriptedClient, ScriptedTools, bench, task, use

JO = "person:jo@example.com"
CLERK = "support/clerk"
REFUND = "support/clerk for refund"


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def folder(ledger: PostgresLedger, tmp_path: Path) -> Path:
    """The deployed team's folder."""
    folder = desk_folder(tmp_path)
    await deploy_team(ledger, folder, JO)
    return folder


async def added(ledger: PostgresLedger, text: str, reason: str | None = None, kind: str = "") -> int:
    done = await add_prompt(
        ledger, CLERK, prompt_text("clerk", text), JO, transaction_type=kind, activate_because=reason
    )
    return done.version


async def standing(ledger: PostgresLedger, kind: str = "") -> tuple[list[int], int | None]:
    """The clerk's versions, newest first, and the one in force."""
    versions = [one for one in await prompt_versions(ledger, CLERK) if one.transaction_type == kind]
    in_force = [one.version for one in versions if one.activated_at is not None]
    assert len(in_force) <= 1
    return [one.version for one in versions], in_force[0] if in_force else None


async def changes(ledger: PostgresLedger) -> list[dict[str, Any]]:
    rows = await ledger.fetch(
        "SELECT body::jsonb AS body FROM ledger.events"
        " WHERE kind IN ('prompt.added', 'prompt.activated') AND agent = 'clerk' ORDER BY seq"
    )
    return [row["body"] for row in rows]


async def test_an_agent_gets_the_prompt_for_the_work_else_its_general_one(
    ledger: PostgresLedger, folder: Path
) -> None:
    shelf = PromptShelf(ledger)

    refund = await shelf.active("support", "clerk", "refund")
    complaint = await shelf.active("support", "clerk", "complaint")

    assert (refund.transaction_type, refund.text) == ("refund", prompt_text("clerk_refund", "Do your work."))
    assert (complaint.transaction_type, complaint.version) == ("", 1)
    assert complaint == await shelf.active("support", "clerk")


async def test_a_version_counts_for_a_worker_within_a_second(ledger: PostgresLedger, folder: Path) -> None:
    clock = Hands()
    shelf = PromptShelf(ledger, clock)
    await shelf.active("support", "clerk")
    await added(ledger, "Be quick.", "clearer")

    clock.seconds = 0.9
    before = await shelf.active("support", "clerk")
    clock.seconds = 1.0
    after = await shelf.active("support", "clerk")

    assert (before.version, after.version) == (1, 2)


async def test_a_team_deployed_a_moment_ago_is_found_at_once(ledger: PostgresLedger, tmp_path: Path) -> None:
    shelf = PromptShelf(ledger, Hands())
    with pytest.raises(PromptUnknownError, match="no prompt in force"):
        await shelf.active("support", "desk")
    await deploy_team(ledger, desk_folder(tmp_path), JO)

    assert (await shelf.active("support", "desk")).version == 1


async def test_a_run_gets_the_version_it_began_with(ledger: PostgresLedger, folder: Path) -> None:
    await added(ledger, "Be quick.", "clearer")
    shelf = PromptShelf(ledger)

    assert (await shelf.at("support", "clerk", "", 1)).text == prompt_text("clerk", "Do your work.")
    with pytest.raises(PromptUnknownError, match="no version 3 of the prompt of support/clerk for refund"):
        await shelf.at("support", "clerk", "refund", 3)


async def test_a_version_comes_into_force_only_when_somebody_says_so(
    ledger: PostgresLedger, folder: Path
) -> None:
    await added(ledger, "Be quick.")
    assert await standing(ledger) == ([2, 1], 1)

    await activate_prompt(ledger, CLERK, 2, "tried on ten tasks", JO)

    assert await standing(ledger) == ([2, 1], 2)
    by_hand, activated = (await changes(ledger))[-2:]
    assert by_hand["payload"] | {"sha256": ""} == {
        "prompt_of": CLERK,
        "transaction_type": "",
        "version": 2,
        "sha256": "",
        "text": prompt_text("clerk", "Be quick."),
        "origin": "hand",
    }
    assert activated["payload"] == {
        "prompt_of": CLERK,
        "transaction_type": "",
        "version": 2,
        "previous_version": 1,
        "reason": "tried on ten tasks",
    }
    assert activated["actor"] == JO
    assert activated["team"] == "support"


async def test_the_same_text_or_version_again_changes_nothing(ledger: PostgresLedger, folder: Path) -> None:
    await added(ledger, "Be quick.", "clearer")
    recorded = len(await changes(ledger))

    again = await add_prompt(
        ledger, CLERK, prompt_text("clerk", "Be quick."), JO, activate_because="once more"
    )

    assert (again.version, again.added, again.activated) == (2, False, None)
    assert await activate_prompt(ledger, CLERK, 2, "once more", JO) is None
    assert len(await changes(ledger)) == recorded


async def test_eight_people_at_once_get_eight_versions(ledger: PostgresLedger, folder: Path) -> None:
    await asyncio.gather(*(added(ledger, f"Be number {n}.", "mine is best") for n in range(8)))

    versions, in_force = await standing(ledger)
    activated = [one["payload"] for one in await changes(ledger) if one["kind"] == "prompt.activated"][-8:]
    assert versions == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert in_force == 9
    assert [(one["version"], one["previous_version"]) for one in activated] == [
        (n, n - 1) for n in range(2, 10)
    ]


async def test_a_rollback_goes_back_and_a_second_one_undoes_it(ledger: PostgresLedger, folder: Path) -> None:
    await added(ledger, "Be quick.", "clearer")
    await added(ledger, "Be kind.")
    await activate_prompt(ledger, CLERK, 3, "kinder", JO)

    first = await roll_back_prompt(ledger, CLERK, "too slow", JO)
    assert (first.version, first.previous_version) == (2, 3)
    second = await roll_back_prompt(ledger, CLERK, "it was the model", JO)
    assert (second.version, second.previous_version) == (3, 2)
    assert await standing(ledger) == ([3, 2, 1], 3)


async def test_the_first_prompt_of_a_type_is_withdrawn_and_a_general_one_stays(
    ledger: PostgresLedger, folder: Path
) -> None:
    withdrawn = await roll_back_prompt(ledger, CLERK, "too strict", JO, transaction_type="refund")

    assert (withdrawn.version, withdrawn.previous_version) == (None, 1)
    assert (await PromptShelf(ledger).active("support", "clerk", "refund")).transaction_type == ""
    with pytest.raises(PromptUnknownError, match="no version to go back to"):
        await roll_back_prompt(ledger, CLERK, "and further", JO)


async def test_two_versions_are_compared(ledger: PostgresLedger, folder: Path) -> None:
    await added(ledger, "Be quick.")

    lines = (await prompt_diff(ledger, CLERK, 1, 2)).splitlines()

    assert lines[:2] == ["--- support/clerk, version 1", "+++ support/clerk, version 2"]
    assert {"-Do your work.", "+Be quick."} <= set(lines)
    assert await prompt_diff(ledger, CLERK, 2, 2) == ""


@pytest.mark.parametrize(
    ("agent", "kind", "said"),
    [
        ("support/clark", "", "no agent 'clark'"),
        ("support", "", "no agent ''"),
        ("sales/clerk", "", "no team 'sales'"),
        (CLERK, "refunds", "no transaction type 'refunds'"),
    ],
)
async def test_a_prompt_for_nobody_is_refused(
    agent: str, kind: str, said: str, ledger: PostgresLedger, folder: Path
) -> None:
    with pytest.raises(MusterError, match=said):
        await add_prompt(ledger, agent, prompt_text("clerk", "Hi."), JO, transaction_type=kind)
    with pytest.raises(PromptUnknownError):
        await activate_prompt(ledger, agent, 7, "why not", JO, transaction_type=kind)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You are a clerk.\n", "no role line"),
        ("", "no role line"),
        ("# Role: \n\nHi.", "no role line"),
        ("# Role: clerk\n" + "x" * 100_000, "100,014 characters"),
        ("# Role: clerk\n\0", "NUL"),
    ],
)
async def test_a_text_that_is_no_prompt_is_refused(
    text: str, said: str, ledger: PostgresLedger, folder: Path
) -> None:
    with pytest.raises(PromptTextError, match=said):
        await add_prompt(ledger, CLERK, text, JO, activate_because="go")
    assert await standing(ledger) == ([1], 1)


async def test_a_changed_file_comes_into_force_with_the_deployment(
    ledger: PostgresLedger, folder: Path
) -> None:
    write_prompt(folder, "clerk", "Be thorough.")

    done = await deploy_team(ledger, folder, JO)
    again = await deploy_team(ledger, folder, JO)

    assert (done.version, done.new_prompts, done.held_back) == (1, (CLERK,), ())
    assert done.changed
    assert (again.changed, again.new_prompts) == (False, ())
    assert await standing(ledger) == ([2, 1], 2)


async def test_a_later_version_put_in_force_by_hand_outlives_a_deployment(
    ledger: PostgresLedger, folder: Path
) -> None:
    await added(ledger, "Never pay twice.", "an urgent mend")
    write_prompt(folder, "clerk", "Be thorough.")

    done = await deploy_team(ledger, folder, JO)
    again = await deploy_team(ledger, folder, JO)

    assert done.new_prompts == ()
    for one in (done, again):
        [held] = one.held_back
        assert (held.prompt, held.in_force, held.in_files) == (CLERK, 2, 3)
    assert await standing(ledger) == ([3, 2, 1], 2)


async def test_a_file_that_takes_the_text_by_hand_over_leads_again(
    ledger: PostgresLedger, folder: Path
) -> None:
    await added(ledger, "Never pay twice.", "an urgent mend")
    write_prompt(folder, "clerk", "Never pay twice.")
    taken_over = await deploy_team(ledger, folder, JO)
    write_prompt(folder, "clerk", "Be thorough.")
    next_one = await deploy_team(ledger, folder, JO)

    assert (taken_over.held_back, next_one.held_back) == ((), ())
    assert await standing(ledger) == ([4, 3, 2, 1], 4)


async def test_a_bad_deployment_is_rolled_back_until_its_file_is_mended(
    ledger: PostgresLedger, folder: Path
) -> None:
    write_prompt(folder, "clerk", "Pay everybody.")
    await deploy_team(ledger, folder, JO)
    await roll_back_prompt(ledger, CLERK, "it paid everybody", JO)

    unchanged = await deploy_team(ledger, folder, JO)
    assert [(held.in_force, held.in_files) for held in unchanged.held_back] == [(1, 2)]
    write_prompt(folder, "clerk", "Pay whom the rules name.")
    mended = await deploy_team(ledger, folder, JO)

    assert mended.new_prompts == (CLERK,)
    assert await standing(ledger) == ([3, 2, 1], 3)


async def test_a_type_the_manifest_names_no_more_is_withdrawn_and_comes_back(
    ledger: PostgresLedger, folder: Path
) -> None:
    manifest = folder / "team.yaml"
    whole = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        whole.replace("    prompts:\n      refund: prompts/clerk_refund.md\n", ""), encoding="utf-8"
    )

    without = await deploy_team(ledger, folder, JO)
    assert without.withdrawn_prompts == (REFUND,)
    assert (await PromptShelf(ledger).active("support", "clerk", "refund")).transaction_type == ""
    manifest.write_text(whole, encoding="utf-8")
    back = await deploy_team(ledger, folder, JO)

    assert back.new_prompts == (REFUND,)
    assert await standing(ledger, "refund") == ([1], 1)


async def test_prompts_from_before_activation_was_recorded_stay_in_force(
    ledger: PostgresLedger, folder: Path
) -> None:
    write_prompt(folder, "clerk", "Be thorough.")
    await deploy_team(ledger, folder, JO)
    async with ledger.transaction() as transaction:
        await transaction.connection.execute("DELETE FROM state.active_prompts WHERE transaction_type = ''")

    assert (await PromptShelf(ledger).active("support", "clerk")).version == 2
    assert await standing(ledger) == ([2, 1], 2)
    assert not (await deploy_team(ledger, folder, JO)).changed
    assert await added(ledger, "Be quick.") == 3
    assert await standing(ledger) == ([3, 2, 1], 2)
    await activate_prompt(ledger, CLERK, 3, "clearer", JO)
    assert (await roll_back_prompt(ledger, CLERK, "worse", JO)).version == 2


async def test_every_model_call_names_the_prompt_it_was_made_with(
    ledger: PostgresLedger, folder: Path
) -> None:
    hand_off = use("hand_off", to="clerk", ask="pay it back", transaction_type="refund")
    client = ScriptedClient(hand_off, use("finish", summary="paid", confidence=0.95))
    with_shelf = replace(bench(ledger, client, ScriptedTools(ledger)), prompts=PromptShelf(ledger))
    await added(ledger, "Be strict.", "stricter", kind="refund")

    report = await work_on(with_shelf, await deployed_team(ledger, "support"), task(), "run_1")

    assert report.outcome == "completed"
    calls = await ledger.fetch(
        "SELECT agent, body::jsonb -> 'payload' AS payload FROM ledger.events"
        " WHERE kind = 'model_call.intended' ORDER BY seq"
    )
    used = [
        (call["agent"], call["payload"]["transaction_type"], call["payload"]["prompt_version"])
        for call in calls
    ]
    assert used == [("desk", "", 1), ("clerk", "refund", 2)]


async def test_the_record_explains_every_prompt_in_force(ledger: PostgresLedger, folder: Path) -> None:
    await added(ledger, "Be quick.", "clearer")
    await added(ledger, "Be kind.")
    await roll_back_prompt(ledger, CLERK, "too strict", JO, transaction_type="refund")
    await roll_back_prompt(ledger, CLERK, "worse", JO)

    comparison = await compare_state(ledger)

    assert [one.sentence() for one in comparison.differences] == []
