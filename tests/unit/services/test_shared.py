"""What runs share is opened once and closed after the last of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from muster.services.orchestration.shared import Shared

told: list[str] = []


@asynccontextmanager
async def thing() -> AsyncIterator[str]:
    told.append("opened")
    await asyncio.sleep(0)
    try:
        yield "it"
    finally:
        told.append("closed")


async def test_it_is_opened_once_for_all_and_closed_after_the_last() -> None:
    told.clear()
    shared = Shared(thing)
    go_on = asyncio.Event()

    async def user() -> str:
        async with shared.use() as it:
            await go_on.wait()
            return it

    users = [asyncio.create_task(user()) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert told == ["opened"]
    go_on.set()
    assert await asyncio.gather(*users) == ["it"] * 3
    assert told == ["opened", "closed"]
    async with shared.use():
        assert told == ["opened", "closed", "opened"]


async def test_everybody_hears_when_it_cannot_be_opened_and_the_next_may_try_again() -> None:
    tries = []

    @asynccontextmanager
    async def broken() -> AsyncIterator[str]:
        tries.append(1)
        await asyncio.sleep(0)
        if len(tries) == 1:
            raise OSError("away")
        yield "it"

    shared = Shared(broken)

    async def user() -> str:
        async with shared.use() as it:
            return it

    said = await asyncio.gather(user(), user(), return_exceptions=True)
    assert [str(one) for one in said] == ["away", "away"]
    assert await user() == "it"
