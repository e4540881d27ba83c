"""Tokens of runs: minutes long, renewed with the same rights, gone with the run."""

from datetime import UTC, datetime, timedelta

import pytest

from muster.gateway import tokens
from muster.ledger.events import EventContext
from muster.ledger.postgres import PostgresLedger
from muster.teams.tools import GatewayTools
from tests.integration.gateway.workplace import MANIFEST, RUN, TASK, Workplace, deploy

MINUTES = timedelta(minutes=5)


class HandClock:
    """A clock a test sets."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
async def clock(ledger: PostgresLedger) -> HandClock:
    clock = HandClock()
    ledger.clock = clock
    await deploy(ledger, MANIFEST)
    return clock


async def of_clerk(ledger: PostgresLedger) -> str:
    return await tokens.issue(ledger, "clerk", "support", RUN, TASK, MINUTES)


async def test_a_renewed_token_stands_for_the_same_run_by_the_same_version(
    ledger: PostgresLedger, clock: HandClock
) -> None:
    first = await of_clerk(ledger)
    await deploy(ledger, MANIFEST, version=2)
    second = await tokens.renew(ledger, first, MINUTES)
    assert second is not None
    one, other = await tokens.resolve(ledger, first), await tokens.resolve(ledger, second)
    assert one == other
    assert one is not None
    assert one.caller.policy_revision == "support@1"


async def test_a_token_that_ran_out_is_nobody_but_its_run_can_have_another(
    ledger: PostgresLedger, clock: HandClock
) -> None:
    first = await of_clerk(ledger)
    clock.time += MINUTES
    assert await tokens.resolve(ledger, first) is None
    second = await tokens.renew(ledger, first, MINUTES)
    assert second is not None
    assert await tokens.resolve(ledger, second) is not None


async def test_a_run_that_ended_gets_no_token_any_more(ledger: PostgresLedger, clock: HandClock) -> None:
    first = await of_clerk(ledger)
    second = await tokens.renew(ledger, first, MINUTES)
    assert second is not None
    assert await tokens.revoke(ledger, RUN) == 2
    assert await tokens.resolve(ledger, second) is None
    assert await tokens.renew(ledger, second, MINUTES) is None


async def test_a_token_nobody_issued_is_not_renewed(ledger: PostgresLedger, clock: HandClock) -> None:
    assert await tokens.renew(ledger, tokens.fresh(), MINUTES) is None


async def test_a_session_goes_on_past_the_life_of_a_token_and_ends_at_its_own(workplace: Workplace) -> None:
    clock = HandClock()
    workplace.ledger.clock = clock
    where = EventContext(actor="agent:support/clerk", task_id=TASK, run_id=RUN, team="support", agent="clerk")
    way = GatewayTools(workplace.ledger, workplace.url)
    asked = {"order_number": "BL-1"}

    async def made() -> int:
        return len(await workplace.ledger.fetch("SELECT 1 FROM state.gateway_tokens"))

    async with way.session(where, timedelta(minutes=20)) as session:
        statuses = []
        for minutes in (0, 1, 2, 4, 8):
            clock.time += timedelta(minutes=minutes)
            statuses.append((await session.call("shop__get_order", asked)).status)
        assert statuses == ["ok"] * 5
        assert await made() == 4
        clock.time += timedelta(minutes=10)
        late = await session.call("shop__get_order", asked)
    await way.close()
    assert (late.status, late.rule) == ("refused", "live_run")
    assert await made() == 4


async def test_a_session_of_a_run_that_was_ended_gets_no_new_token(workplace: Workplace) -> None:
    clock = HandClock()
    workplace.ledger.clock = clock
    where = EventContext(actor="agent:support/clerk", task_id=TASK, run_id=RUN, team="support", agent="clerk")
    way = GatewayTools(workplace.ledger, workplace.url)
    async with way.session(where, timedelta(minutes=20)) as session:
        await tokens.revoke(workplace.ledger, RUN)
        clock.time += timedelta(minutes=6)
        late = await session.call("shop__get_order", {"order_number": "BL-1"})
    await way.close()
    assert (late.status, late.rule) == ("refused", "live_run")
