"""How JSON-RPC messages travel to a server and back, whatever they mean."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

Message = dict[str, Any]
Hear = Callable[[Message], Awaitable[None]]
"""Takes what a server says before it answers; what takes long it leaves to a task of its own."""


STREAM_CLOSED: Final[Message] = {"method": "muster/stream_closed"}
"""Heard where a server closed the stream of an answer that is still to come."""


class Carrier(Protocol):
    """One way to a server."""

    async def request(self, message: Message, headers: Mapping[str, str], hear: Hear, /) -> Message:
        """The response to `message`; what the server says on the way to it is given to `hear`.

        Raises:
            UpstreamAwayError: the server cannot be reached, or broke off.
            UpstreamAnswerError: it answered with something that is no JSON-RPC.
        """
        ...

    async def send(self, message: Message, headers: Mapping[str, str], /) -> None:
        """Deliver a message that gets no response.

        Raises:
            UpstreamAwayError: the server cannot be reached.
            UpstreamAnswerError: it did not take it.
        """
        ...


async def hear_nothing(_message: Message) -> None:
    """For whoever wants the response alone."""
