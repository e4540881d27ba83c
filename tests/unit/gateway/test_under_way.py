"""Which request a message is about, and who may be told."""

import asyncio
from typing import Any

import pytest

from muster.gateway.errors import UpstreamAwayError
from muster.gateway.exchange import Exchange, Params
from muster.gateway.under_way import RequestsUnderWay


class Caller(Exchange):
    """Remembers what it was told."""

    def __init__(self, owner: str | None, *, token: str | None = None, level: str | None = None) -> None:
        self.owner = owner
        self.log_level = level
        self.meta = {} if token is None else {"progressToken": token}
        self.heard: list[tuple[str, Params]] = []

    async def tell(self, method: str, params: Params) -> None:
        self.heard.append((method, params))


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": f"notifications/{method}", "params": params}


async def test_two_callers_with_one_progress_token_are_told_apart_on_a_shared_stream() -> None:
    requests, one, other = RequestsUnderWay(), Caller(None, token="t"), Caller(None, token="t")
    with requests.one(one, 1, own_tokens=True) as first, requests.one(other, 1, own_tokens=True) as second:
        assert first.meta["progressToken"] != second.meta["progressToken"]
        about = message("progress", progressToken=second.meta["progressToken"], progress=1)
        assert requests.of(about) is second
        await second.hear(about)
    assert one.heard == []
    assert other.heard == [("notifications/progress", {"progressToken": "t", "progress": 1})]


async def test_a_log_line_nobody_can_attribute_is_nobodys() -> None:
    requests, line = RequestsUnderWay(), message("message", level="info", data="secret of another")
    with requests.one(Caller("a"), 1, own_tokens=True) as first:
        assert requests.of(line) is first
        with requests.one(Caller("b"), 1, own_tokens=True):
            assert requests.of(line) is None
        with requests.one(Caller("a"), 1, own_tokens=True) as newest:
            assert requests.of(line) is newest


@pytest.mark.parametrize(("wanted", "heard"), [(None, 0), ("error", 0), ("info", 1), ("debug", 1)])
async def test_a_caller_hears_no_more_of_the_log_than_it_wants(wanted: str | None, heard: int) -> None:
    requests, caller = RequestsUnderWay(), Caller("a", level=wanted)
    with requests.one(caller, 1, own_tokens=False) as request:
        await request.hear(message("message", level="info", data="x"))
    assert len(caller.heard) == heard


async def test_progress_gives_a_request_more_time_and_silence_does_not() -> None:
    requests, caller = RequestsUnderWay(), Caller("a", token="t")
    with requests.one(caller, 0.2, own_tokens=False) as request:
        async with request.in_time("shop"):
            for done in range(4):
                await asyncio.sleep(0.1)
                await request.hear(message("progress", progressToken="t", progress=done))
        with pytest.raises(UpstreamAwayError, match="no answer"):
            async with request.in_time("shop"):
                await asyncio.sleep(5)


async def test_the_clock_stands_still_while_the_caller_is_asked() -> None:
    requests = RequestsUnderWay()
    with requests.one(Caller("a"), 0.1, own_tokens=False) as request:
        async with request.in_time("shop"):
            with request.asking():
                await asyncio.sleep(0.3)
