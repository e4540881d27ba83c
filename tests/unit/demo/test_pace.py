"""Systems that answer late: booked early or late, and not always when the caller has gone."""

import asyncio
from collections import Counter
from functools import partial

import pytest

from muster.demo.company.pace import Pace, PaceError
from muster.demo.company.tool import NotPossibleError

SEEDS = range(30)


async def gone() -> bool:
    return True


async def there() -> bool:
    return False


async def booked(seed: int) -> tuple[bool, bool]:
    """Whether a call is booked at once, and in the end, when its caller hangs up."""
    book: list[int] = []
    calling = asyncio.create_task(Pace(5, 5, seed).act(lambda: book.append(1), gone))
    await asyncio.sleep(0)
    at_once = bool(book)
    await asyncio.gather(calling, return_exceptions=True)
    return at_once, bool(book)


async def test_a_caller_that_hangs_up_leaves_it_done_not_done_or_done_later() -> None:
    ends = Counter([await booked(seed) for seed in SEEDS])
    assert set(ends) == {(True, True), (False, False), (False, True)}


async def test_a_caller_that_stays_has_it_done_once_and_hears_of_errors() -> None:
    for seed in SEEDS:
        book: list[int] = []
        await Pace(0, 1, seed).act(partial(book.append, 1), there)
        assert book == [1]
        with pytest.raises(NotPossibleError, match="no such order"):
            await Pace(0, 0, seed).act(_refuse, there)


def _refuse() -> None:
    raise NotPossibleError("no such order")


@pytest.mark.parametrize("text", ["", "40", "400:40", "a:b", "-1:4"])
def test_a_pace_is_two_numbers(text: str) -> None:
    with pytest.raises(PaceError):
        Pace.parsed(text)
