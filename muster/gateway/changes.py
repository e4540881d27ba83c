"""Who is told when something behind the gateway changed: a list, or a resource it subscribed to."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from muster.gateway.exchange import Params

TOOLS_CHANGED: Final = "notifications/tools/list_changed"
LISTS_CHANGED: Final[Mapping[str, str]] = {
    TOOLS_CHANGED: "toolsListChanged",
    "notifications/prompts/list_changed": "promptsListChanged",
    "notifications/resources/list_changed": "resourcesListChanged",
}
"""The notifications a subscription can be for, and what its filter calls them."""
RESOURCE_UPDATED: Final = "notifications/resources/updated"

Told = Callable[[str | None, str, Params], Awaitable[None]]
"""Takes the server (null: the gateway itself), the method and its parameters."""


class Changes:
    """Carries notifications that are about no request to the callers they are for."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[str, Told]] = {}
        self._next = 0
        self._revision: str | None = None

    @contextmanager
    def told(self, owner: str, by: Told) -> Iterator[None]:
        """Tell `owner` while the block lasts."""
        key = self.tell(owner, by)
        try:
            yield
        finally:
            self.leave(key)

    def tell(self, owner: str, by: Told) -> int:
        """Tell `owner` until it leaves by the key this gives."""
        self._next += 1
        self._told[self._next] = (owner, by)
        return self._next

    def leave(self, key: int) -> None:
        """Tell it no more."""
        self._told.pop(key, None)

    async def happened(self, owner: str, server: str, method: str, params: Params) -> None:
        """Something changed in a system, in a conversation `owner` has with it."""
        for whose, by in list(self._told.values()):
            if whose == owner:
                await by(server, method, params)

    async def registry_is(self, revision: str) -> None:
        """Tell everybody when the registry is not as it was: then every list of tools may be another."""
        before, self._revision = self._revision, revision
        if before in (None, revision):
            return
        for _, by in list(self._told.values()):
            await by(None, TOOLS_CHANGED, {})


def wanted_by(filters: Mapping[str, Any], method: str, params: Params) -> bool:
    """Whether a subscription with those filters is for that notification."""
    if method == RESOURCE_UPDATED:
        return params.get("uri") in (filters.get("resourceSubscriptions") or ())
    return bool(filters.get(LISTS_CHANGED.get(method, "")))
