"""Slots of a host go to the team that holds fewest."""

import asyncio
from collections import Counter

from muster.teams.slots import Slots


async def granted(waiting: "asyncio.Task[int]") -> int:
    return await asyncio.wait_for(waiting, timeout=5)


async def begun(*waiting: "asyncio.Task[int]") -> None:
    """Every task has come to its wait."""
    for _ in range(3):
        await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)


async def test_a_team_alone_gets_all_it_wants() -> None:
    slots = Slots(8)
    assert await slots.take("support", wanted=8) == 8
    assert (slots.free, slots.held("support")) == (0, 8)


async def test_a_team_gets_what_is_left_at_once_and_not_less_than_one() -> None:
    slots = Slots(3)
    await slots.take("support", wanted=2)
    assert await slots.take("support", wanted=5) == 1
    waits = asyncio.create_task(slots.take("support", wanted=5))
    await begun(waits)
    slots.give_back("support")
    assert await granted(waits) == 1


async def test_the_next_free_slot_goes_to_the_team_that_holds_fewest() -> None:
    slots = Slots(4)
    await slots.take("support", wanted=3)
    await slots.take("finance", wanted=1)
    busy = asyncio.create_task(slots.take("support", wanted=2))
    await begun(busy)
    modest = asyncio.create_task(slots.take("finance", wanted=1))
    await begun(busy, modest)
    slots.give_back("support")
    assert await granted(modest) == 1
    await begun(busy)


async def test_among_equals_who_waits_longest_is_first() -> None:
    slots = Slots(1)
    await slots.take("support")
    first = asyncio.create_task(slots.take("finance"))
    await begun(first)
    second = asyncio.create_task(slots.take("leads"))
    await begun(first, second)
    slots.give_back("support")
    assert await granted(first) == 1
    await begun(second)


async def test_teams_that_are_always_hungry_end_up_with_equal_shares() -> None:
    slots = Slots(12)
    await slots.take("support", wanted=12)
    hungry = {"support", "finance", "leads"}

    async def works(team: str) -> None:
        while True:
            await slots.take(team)
            try:
                await asyncio.sleep(0.001)
            finally:
                slots.give_back(team)

    workers = [asyncio.create_task(works(team)) for team in hungry for _ in range(12)]
    for _ in range(12):
        slots.give_back("support")
    seen: Counter[str] = Counter()
    for _ in range(50):
        await asyncio.sleep(0.001)
        seen.update({team: slots.held(team) for team in hungry})
    for worker in workers:
        worker.cancel()
    await asyncio.wait(workers)
    assert max(seen.values()) - min(seen.values()) <= sum(seen.values()) * 0.1
    assert slots.free == 12


async def test_a_teams_own_limit_holds_even_when_slots_are_free() -> None:
    slots = Slots(10)
    assert await slots.take("support", wanted=5, at_most=3) == 3
    waits = asyncio.create_task(slots.take("support", wanted=5, at_most=3))
    await begun(waits)
    slots.give_back("support", 2)
    assert await granted(waits) == 2


async def test_who_stops_waiting_leaves_no_slot_behind() -> None:
    slots = Slots(1)
    await slots.take("support")
    waits = asyncio.create_task(slots.take("finance"))
    await begun(waits)
    slots.give_back("support")  # granted, and given up before it could be told
    waits.cancel()
    await asyncio.wait([waits])
    assert (slots.free, slots.held("finance")) == (1, 0)
