"""No more calls of a role at a time than its limit, and nobody is forgotten in the queue."""

import asyncio

from muster.models.crowd import Crowd


async def test_no_more_are_in_at_a_time_than_the_limit_and_all_get_in() -> None:
    crowd, inside, most, done = Crowd(), 0, 0, 0

    async def call() -> None:
        nonlocal inside, most, done
        async with crowd.place("writer", 3):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            done += 1

    await asyncio.gather(*(call() for _ in range(50)))
    assert (most, done) == (3, 50)


async def test_roles_do_not_wait_for_one_another_and_without_a_limit_nobody_waits() -> None:
    crowd = Crowd()
    async with (
        asyncio.timeout(5),
        crowd.place("writer", 1),
        crowd.place("reader", 1),
        crowd.place("free", None),
        crowd.place("free", None),
    ):
        return


async def test_one_that_gives_up_while_it_waits_takes_nobodys_turn() -> None:
    crowd = Crowd()

    async def call() -> str:
        async with crowd.place("writer", 1):
            return "in"

    async with crowd.place("writer", 1):
        quitter, patient = asyncio.create_task(call()), asyncio.create_task(call())
        await asyncio.sleep(0)
        quitter.cancel()
    async with asyncio.timeout(5):
        assert await patient == "in"
        assert quitter.cancelled()


async def test_one_that_is_cancelled_on_the_doorstep_passes_its_turn_on() -> None:
    crowd = Crowd()

    async def call() -> str:
        async with crowd.place("writer", 1):
            return "in"

    async with crowd.place("writer", 1):
        called, next_one = asyncio.create_task(call()), asyncio.create_task(call())
        await asyncio.sleep(0)
    called.cancel()  # it was let in, but did not run since
    async with asyncio.timeout(5):
        assert await next_one == "in"
