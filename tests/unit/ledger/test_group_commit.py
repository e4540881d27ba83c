"""Whoever comes while a commit is under way goes with the next one; nobody waits for company."""

import asyncio

import pytest

from muster.ledger.batch import Act
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.group_commit import GroupCommit, Written


def act(name: str, run_id: str | None = None) -> Act:
    return {"name": name, "run_id": run_id}


class Disk:
    """Remembers the batches it was given; a commit lasts until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.away = False

    async def write(self, acts: list[Act]) -> list[Written]:
        self.batches.append([act["name"] for act in acts])
        await self.open.wait()
        if self.away:
            raise LedgerUnavailableError.because(RuntimeError("gone"))
        return [Written("ok", [act["name"]]) for act in acts]


async def started(group: GroupCommit, *acts: Act) -> list[asyncio.Task[Written]]:
    tasks = [asyncio.create_task(group.submit(one)) for one in acts]
    await asyncio.sleep(0)
    return tasks


async def test_an_act_alone_is_written_at_once_and_later_ones_share_the_next_commit() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    tasks = await started(group, act("a"))
    tasks += await started(group, act("b"), act("c"), act("d"))
    assert disk.batches == [["a"]]
    disk.open.set()
    assert [written.detail for written in await asyncio.gather(*tasks)] == [["a"], ["b"], ["c"], ["d"]]
    assert disk.batches == [["a"], ["b", "c", "d"]]


async def test_two_acts_of_a_run_never_share_a_commit_and_keep_their_order() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    tasks = await started(group, act("first"))
    tasks += await started(group, act("r1", "run"), act("r2", "run"), act("other"), act("r3", "run"))
    disk.open.set()
    await asyncio.gather(*tasks)
    assert disk.batches == [["first"], ["r1", "other"], ["r2"], ["r3"]]


async def test_a_batch_holds_no_more_than_it_may() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, most=2)
    tasks = await started(group, *(act(str(number)) for number in range(6)))
    disk.open.set()
    await asyncio.gather(*tasks)
    assert disk.batches == [["0"], ["1", "2"], ["3", "4"], ["5"]]


async def test_a_caller_that_gives_up_takes_its_act_back_unless_it_is_being_written() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    first, second, third = await started(group, act("a"), act("b"), act("c"))
    second.cancel()
    await asyncio.sleep(0)
    disk.open.set()
    assert (await first).verdict == (await third).verdict == "ok"
    assert disk.batches == [["a"], ["c"]]


async def test_when_the_writer_who_came_first_is_cancelled_the_others_are_still_written() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    first, second = await started(group, act("a"), act("b"))
    first.cancel()
    disk.open.set()
    assert (await second).detail == ["b"]
    await group.close()


async def test_everybody_hears_that_the_database_is_away() -> None:
    disk = Disk()
    disk.away = True
    group = GroupCommit(disk.write)
    tasks = await started(group, act("a"), act("b"), act("c"))
    disk.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [LedgerUnavailableError] * 3


async def test_closing_waits_for_what_was_submitted() -> None:
    disk = Disk()
    group = GroupCommit(disk.write)
    tasks = await started(group, act("a"), act("b"))
    disk.open.set()
    await tasks[0]
    await group.close()
    assert disk.batches == [["a"], ["b"]]


@pytest.mark.parametrize("number", [1, 7, 130])
async def test_every_act_gets_its_own_answer(number: int) -> None:
    disk = Disk()
    disk.open.set()
    group = GroupCommit(disk.write)
    acts = [act(str(n), f"run_{n % 5}") for n in range(number)]
    written = await asyncio.gather(*(group.submit(one) for one in acts))
    assert [one.detail for one in written] == [[one["name"]] for one in acts]
