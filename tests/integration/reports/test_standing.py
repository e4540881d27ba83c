"""Where the record stands, on a real ledger that is sealed and goes on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from muster.core.settings import Settings
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.events import AgentPaused, EventContext, ModelCallIntended
from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.reports.standing import SEALS, read_standing

WHERE = EventContext(actor="test", team="support", agent="desk")
PAUSED = AgentPaused(who="support/desk", reason="a test")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


async def test_an_empty_record_stands_at_nothing(database_url: str, settings: Settings) -> None:
    standing = read_standing(settings, database_url)

    assert (standing.events, standing.seals, standing.sealed_at, standing.late) == (0, 0, None, False)
    assert (standing.first_key, standing.fingerprint, standing.checkpoint) == (None, None, None)
    assert standing.newest.schema == SEALS


async def test_sealed_unsealed_and_begun_are_told_apart(
    ledger: PostgresLedger, database_url: str, settings: Settings
) -> None:
    for _ in range(3):
        await ledger.append(PAUSED, WHERE)
    seal = (await seal_ledger(ledger, LedgerHome.of(settings)))[0]
    await ledger.append(PAUSED, WHERE)
    asked = ModelCallIntended(
        call_id="mcl_1",
        role="desk",
        model="claude-haiku-5-5",
        prompt_version=1,
        request_sha256="0" * 64,
        estimated_cost_usd="0.5",
    )
    await ledger.intend(asked, WHERE, reserve_usd=Decimal("0.5"))

    standing = read_standing(settings, database_url)

    assert (standing.sealed, standing.unsealed, standing.events, standing.seals) == (3, 2, 5, 1)
    assert (standing.root_sha256, standing.key_id) == (seal.root_sha256.hex(), seal.key_id)
    assert (standing.open_intents, standing.lost_intents, standing.reserved_usd) == (1, 0, Decimal("0.5"))
    assert standing.first_key is not None
    assert standing.fingerprint == sha256(standing.first_key.encode()).hexdigest()
    assert standing.newest.select("events", "tree_size").rows() == [(3, 3)]
    assert not standing.late


async def test_an_event_that_waits_too_long_for_its_seal_is_late(
    ledger: PostgresLedger, database_url: str, settings: Settings
) -> None:
    await ledger.append(PAUSED, WHERE)
    standing = read_standing(settings, database_url)

    assert standing.unsealed_since is not None
    assert datetime.now(UTC) - standing.unsealed_since < timedelta(minutes=1)
    assert not standing.late
    assert replace(standing, at=standing.at + timedelta(minutes=11)).late


def test_a_database_that_is_away_is_said(settings: Settings) -> None:
    with pytest.raises(LedgerUnavailableError):
        read_standing(settings, "postgresql://nobody@127.0.0.1:1/none")
