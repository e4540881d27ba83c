"""What a review reads of the present: limits as calls are held to them, waits as the inbox shows them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from muster.core.settings import Settings
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.people.approvals import decide
from muster.reports.publish import publish_review
from muster.reports.review.standing import read_standing
from muster.reports.week import Week
from muster.teams.deploy import deploy_team
from muster.teams.errors import SpendingFileError
from tests.acceptance.test_inbox import escalated, held
from tests.integration.teams.desk_folder import desk_folder


def policies(folder: Path, budgets: str) -> Settings:
    (folder / "policies").mkdir()
    (folder / "policies" / "budgets.yaml").write_text(budgets)
    (folder / "policies" / "standard.yaml").write_text("answer_within: {medium_hours: 3}\n")
    return Settings(home=folder / "home", policies_dir=folder / "policies")


async def test_limits_are_those_of_the_policies_and_the_deployed_teams(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    await deploy_team(ledger, desk_folder(tmp_path), "person:jo@example.com")

    standing = await read_standing(
        ledger, policies(tmp_path, "usd_per_day: 77\n"), Week.of(ledger.clock.now()).period
    )

    assert dict(standing.limits.select("scope", "limit_usd").iter_rows()) == {
        "fleet": Decimal(77),
        "team:support": Decimal(20),
        "agent:support/desk": Decimal(5),
        "agent:support/clerk": Decimal(4),
    }
    assert standing.teams_at_work == frozenset({"support"})


async def test_waits_and_decisions_are_those_of_the_inbox(ledger: PostgresLedger, tmp_path: Path) -> None:
    open_one, decided_one = await held(ledger, 1), await held(ledger, 2)
    given_up = await escalated(ledger)
    await decide(ledger, decided_one, "approve", "person:jo@example.com")

    week = Week.of(ledger.clock.now())
    standing = await read_standing(ledger, policies(tmp_path, ""), week.period)

    waits = {row["item_id"]: row for row in standing.waits.iter_rows(named=True)}
    assert waits.keys() == {open_one, given_up}
    assert waits[open_one]["amount"] == Decimal("1950.80")
    assert waits[open_one]["due_at"] - waits[open_one]["raised_at"] == timedelta(hours=3)
    (decision,) = standing.decisions.iter_rows(named=True)
    assert (decision["approval_id"], decision["yes"], decision["rules"]) == (decided_one, True, "money_band")
    earlier = await read_standing(ledger, Settings(home=tmp_path), week.before.period)
    assert earlier.decisions.is_empty()


async def test_the_review_shows_them_with_the_rest(
    ledger: PostgresLedger, database_url: str, tmp_path: Path
) -> None:
    waiting = await held(ledger, 1)

    review = await publish_review(
        ledger, LedgerReader(database_url), Settings(home=tmp_path), str(Week.of(ledger.clock.now()))
    )

    assert waiting in review.html_path.read_text()
    assert "No task ended in this week." in review.html_path.read_text()


async def test_budgets_that_cannot_be_read_are_said_with_their_file(
    ledger: PostgresLedger, tmp_path: Path
) -> None:
    with pytest.raises(SpendingFileError) as refusal:
        await read_standing(ledger, policies(tmp_path, "usd_per_day: much\n"), Week.parse("2026-W47").period)

    assert "budgets.yaml" in str(refusal.value)
