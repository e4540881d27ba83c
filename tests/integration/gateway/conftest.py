"""A gateway on a real Postgres in front of a real MCP server process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from muster.ledger.postgres import PostgresLedger
from tests.integration.gateway.workplace import ShopProcess, Workplace, opened, prepared, running_shop


@pytest.fixture(scope="session")
def shop_process() -> Iterator[ShopProcess]:
    """The shop, started once for all tests."""
    with running_shop() as shop:
        yield shop


@pytest.fixture
def own_shop() -> Iterator[ShopProcess]:
    """A shop a test may kill."""
    with running_shop() as shop:
        yield shop


@pytest.fixture
async def closed_workplace(
    ledger: PostgresLedger, tmp_path: Path, database_url: str, shop_process: ShopProcess
) -> Workplace:
    """The support team deployed and the shop configured; no gateway runs yet."""
    return await prepared(ledger, tmp_path, database_url, shop_process)


@pytest.fixture
async def workplace(closed_workplace: Workplace) -> AsyncIterator[Workplace]:
    """A running gateway with the shop's tools registered."""
    await closed_workplace.register("shop")
    async with opened(closed_workplace):
        yield closed_workplace
