"""Calls over a sliding window, counted for all gateways together."""

import asyncio
from typing import Any

from muster.gateway.policy.rate_limit import RateLimit
from muster.gateway.rates import RateBook
from muster.ledger.postgres import PostgresLedger

CLERK, READER = "support/clerk", "support/reader"
MAIL = RateLimit(tools="mail__*", calls=3, per_seconds=60)


async def age(ledger: PostgresLedger, seconds: int) -> None:
    """Let every mark be that much older."""
    await ledger.fetch(
        "UPDATE state.rate_marks SET made_at = made_at - make_interval(secs => %(seconds)s) RETURNING 1",
        {"seconds": seconds},
    )


async def marks(ledger: PostgresLedger) -> list[dict[str, Any]]:
    return list(await ledger.fetch("SELECT agent, tool FROM state.rate_marks ORDER BY made_at"))


async def test_the_tools_of_one_limit_share_it_and_the_refusal_says_when(ledger: PostgresLedger) -> None:
    book = RateBook(ledger, [MAIL])
    for tool in ("mail__send", "mail__draft", "mail__send"):
        assert await book.take(CLERK, tool) == ()
    await age(ledger, 20)
    (full,) = await book.take(CLERK, "mail__send")
    assert full.limit == MAIL
    assert full.retry_after_seconds == 40
    assert len(await marks(ledger)) == 3


async def test_a_place_is_free_again_when_the_oldest_call_leaves_the_window(ledger: PostgresLedger) -> None:
    book = RateBook(ledger, [MAIL])
    await book.take(CLERK, "mail__send")
    await age(ledger, 50)
    assert [await book.take(CLERK, "mail__send") for _ in range(2)] == [(), ()]
    (full,) = await book.take(CLERK, "mail__send")
    assert full.retry_after_seconds <= 10
    await age(ledger, 10)
    assert await book.take(CLERK, "mail__send") == ()
    assert await book.take(CLERK, "mail__send") != ()


async def test_every_agent_has_its_own_places(ledger: PostgresLedger) -> None:
    book = RateBook(ledger, [RateLimit(calls=1, per_seconds=60)])
    assert await book.take(CLERK, "mail__send") == ()
    assert await book.take(READER, "mail__send") == ()
    assert await book.take(CLERK, "mail__send") != ()


async def test_a_call_refused_by_one_limit_takes_no_place_in_another(ledger: PostgresLedger) -> None:
    wide = RateLimit(calls=2, per_seconds=3600)
    narrow = RateLimit(tools="mail__*", calls=1, per_seconds=60)
    book = RateBook(ledger, [wide, narrow])
    assert await book.take(CLERK, "mail__send") == ()
    assert [full.limit for full in await book.take(CLERK, "mail__send")] == [narrow]
    assert await book.take(CLERK, "shop__get_order") == ()
    assert [full.limit for full in await book.take(CLERK, "mail__send")] == [wide, narrow]


async def test_a_tool_no_limit_speaks_of_is_not_marked(ledger: PostgresLedger) -> None:
    assert await RateBook(ledger, [MAIL]).take(CLERK, "shop__get_order") == ()
    assert await RateBook(ledger, []).take(CLERK, "mail__send") == ()
    assert await marks(ledger) == []


async def test_an_underscore_in_a_tools_name_stands_for_itself(ledger: PostgresLedger) -> None:
    book = RateBook(
        ledger, [RateLimit(tools="mail__send", calls=1, per_seconds=60), RateLimit(calls=9, per_seconds=60)]
    )
    assert await book.take(CLERK, "mail/xsend") == ()
    assert await book.take(CLERK, "mail__send") == ()


async def test_marks_are_kept_as_long_as_the_longest_window_and_no_longer(ledger: PostgresLedger) -> None:
    book = RateBook(ledger, [MAIL, RateLimit(calls=9, per_seconds=600)])
    await book.take(CLERK, "mail__send")
    await age(ledger, 599)
    await book.take(CLERK, "mail__send")
    assert len(await marks(ledger)) == 2
    await age(ledger, 599)
    await book.take(CLERK, "mail__send")
    assert len(await marks(ledger)) == 2


async def test_two_gateways_never_let_more_through_than_the_limit(
    ledger: PostgresLedger, database_url: str
) -> None:
    other = await PostgresLedger.open(database_url, pool_size=4)
    limit = RateLimit(calls=5, per_seconds=60)
    books = [RateBook(ledger, [limit]), RateBook(other, [limit])]
    taken = await asyncio.gather(*(books[n % 2].take(CLERK, "mail__send") for n in range(40)))
    await other.close()
    assert sum(full == () for full in taken) == 5
    assert len(await marks(ledger)) == 5
