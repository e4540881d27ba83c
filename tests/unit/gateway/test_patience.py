"""How long a system that was away is left alone."""

import asyncio

import pytest

from muster.gateway.errors import UpstreamAwayError
from muster.gateway.patience import Patience


async def failing(patience: Patience, *, delivered: bool = False) -> str:
    with pytest.raises(UpstreamAwayError) as caught:
        async with patience.attempt():
            raise UpstreamAwayError("shop", "refused", delivered=delivered)
    return str(caught.value)


async def test_after_a_failure_calls_fail_at_once_without_an_attempt() -> None:
    patience = Patience("shop", longest_seconds=10)
    assert "refused" in await failing(patience)
    assert "tried again in" in await failing(patience)


async def test_a_system_that_answers_is_trusted_again() -> None:
    patience = Patience("shop", longest_seconds=0.01)
    await failing(patience)
    await asyncio.sleep(0.02)
    async with patience.attempt():
        pass
    async with patience.attempt():
        pass


async def test_a_call_that_took_too_long_does_not_shut_the_others_out() -> None:
    patience = Patience("shop", longest_seconds=10)
    await failing(patience, delivered=True)
    async with patience.attempt():
        pass
