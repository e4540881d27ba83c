"""The team versions workers work by."""

from pathlib import Path

import pytest

from muster.core.settings import Settings
from muster.gateway.registration import Registration
from muster.ledger.postgres import PostgresLedger
from muster.teams.company_rules import CompanyRules, ConnectedTools, tools_in_registry
from muster.teams.deploy import deploy_team
from muster.teams.errors import TeamUnknownError
from muster.teams.manifest import ManifestError
from muster.teams.roster import deployed_team, team_at
from tests.integration.teams.desk_folder import desk_folder

JO = "person:jo@example.com"


def change(folder: Path, old: str, new: str) -> None:
    manifest = folder / "team.yaml"
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    manifest.write_text(text.replace(old, new), encoding="utf-8")


async def test_the_next_task_is_worked_by_the_version_deployed_last(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    folder = desk_folder(tmp_path)
    await deploy_team(ledger, folder, JO)
    first = await deployed_team(ledger, "support")
    change(folder, "usd_per_day: 20", "usd_per_day: 30")
    await deploy_team(ledger, folder, JO)

    second = await deployed_team(ledger, "support")

    assert (first.version, second.version) == (1, 2)
    assert second.manifest.budget.usd_per_day == 30
    assert (await deployed_team(ledger, "support")).manifest is second.manifest


async def test_a_run_goes_on_with_the_version_it_began_with(ledger: PostgresLedger, tmp_path: Path) -> None:
    folder = desk_folder(tmp_path)
    await deploy_team(ledger, folder, JO)
    change(folder, "usd_per_day: 20", "usd_per_day: 30")
    await deploy_team(ledger, folder, JO)

    assert (await team_at(ledger, "support", 1)).manifest.budget.usd_per_day == 20
    with pytest.raises(TeamUnknownError, match="no version 3 of team 'support'"):
        await team_at(ledger, "support", 3)
    with pytest.raises(TeamUnknownError, match="no team 'sales' at work"):
        await deployed_team(ledger, "sales")


async def test_what_the_company_does_not_have_is_refused_and_nothing_changes(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    folder = desk_folder(tmp_path)
    change(folder, "shop__issue_refund", "shop__issue_refunds")
    change(folder, "model: coordinator", "model: conductor")

    with pytest.raises(ManifestError) as refused:
        await deploy_team(ledger, folder, JO, rules=CompanyRules.of(Settings()))

    said = [str(problem) for problem in refused.value.problems]
    assert len(said) == 2
    assert "team.yaml:16: no model role is named 'conductor'" in said[0]
    assert "team.yaml:28: " in said[1]
    assert "shop__issue_refunds" in said[1]
    assert await ledger.fetch("SELECT team FROM state.teams") == []
    assert await ledger.fetch("SELECT agent FROM state.prompt_versions") == []


async def test_a_tool_the_registry_took_in_by_hand_may_be_granted(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    folder = desk_folder(tmp_path)
    change(folder, "shop__issue_refund", "shop__print_label")
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(
            "INSERT INTO state.tool_registry"
            " (server, tool, definition, definition_sha256, effect, status, registered_at)"
            " VALUES ('shop', 'print_label', '{}', 'x', 'write', 'active', now())"
        )

    rules = CompanyRules.of(Settings(), await tools_in_registry(ledger))

    assert (await deploy_team(ledger, folder, JO, rules=rules)).version == 1


def test_a_server_registered_as_a_whole_has_whatever_tools_it_has() -> None:
    registration = Registration.model_validate(
        {"servers": {"wiki": {"*": {"effect": "read"}}, "shop": {"get order": {"effect": "read"}}}}
    )

    tools = ConnectedTools(registration, ["erp__book"])

    assert [name in tools for name in ("wiki__anything", "shop__get_order", "erp__book")] == [True] * 3
    assert [name in tools for name in ("wikis__x", "shop__get", "erp__read", 7)] == [False] * 4
    assert list(tools) == ["erp__book", "shop__get_order"]
