"""Server-sent events as they come over the wire."""

from collections.abc import AsyncIterator

import pytest

from muster.gateway.sse import Event, TooLargeError, events


async def read(content: bytes, *, largest_bytes: int = 1_000, piece: int = 5) -> list[Event]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), piece):
            yield content[start : start + piece]

    return [event async for event in events(chunks(), largest_bytes)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
async def test_an_event_may_have_an_id_a_pause_and_several_lines(end: bytes) -> None:
    lines = (b": ping", b"", b"id: 7", b"retry: 250", b'data: {"a":', b"data: 1}", b"", b"")
    assert await read(end.join(lines)) == [Event({"a": 1}, "7", 250)]


async def test_an_event_without_data_still_says_where_the_stream_is() -> None:
    assert await read(b"id: 1\ndata: \n\n") == [Event(None, "1", None)]


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b"7"])
async def test_what_is_no_json_object_is_no_message(data: bytes) -> None:
    assert [event.message for event in await read(b"data: " + data + b"\n\n")] == [None]


async def test_an_event_that_does_not_end_is_broken_off() -> None:
    with pytest.raises(TooLargeError):
        await read(b"data: " + b"x" * 2_000)


async def test_many_small_events_may_be_more_than_one_large_one() -> None:
    assert len(await read(b'data: {"a":1}\n\n' * 200, largest_bytes=100)) == 200
