"""How long to leave a system alone after it was away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from muster.gateway.errors import UpstreamAwayError

_FIRST_WAIT_SECONDS = 0.25


class Patience:
    """Lets calls to a system that was away fail at once until it is due to be tried again."""

    def __init__(self, server: str, longest_seconds: float) -> None:
        self._server = server
        self._longest = longest_seconds
        self._wait = 0.0
        self._due = 0.0

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """One attempt to reach the system; each that fails doubles the wait.

        Raises:
            UpstreamAwayError: it was away a moment ago.
        """
        left = self._due - asyncio.get_running_loop().time()
        if left > 0:
            again = f"it was away a moment ago and is tried again in {left:.1f} s"
            raise UpstreamAwayError(self._server, again, delivered=False)
        try:
            yield
        except UpstreamAwayError as error:
            if not error.delivered:
                self._wait = min(max(self._wait * 2, _FIRST_WAIT_SECONDS), self._longest)
                self._due = asyncio.get_running_loop().time() + self._wait
            raise
        self._wait = 0.0
