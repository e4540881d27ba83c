"""Subscriptions: streams of 2026-07-28, and what 2025-era sessions are told without asking."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from muster.gateway.changes import LISTS_CHANGED, Changes, wanted_by
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.exchange import Params
from muster.gateway.front import Front
from muster.gateway.protocol import SUBSCRIPTION_META_KEY, session_of, tell, tell_session
from muster.gateway.upstreams import Upstreams

_log = logging.getLogger(__name__)

_ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
_MOST_WAITING = 1_024
_AGAIN_SECONDS = 5.0
_URI = "+"


class Listening:
    """Carries what changes in systems to the callers who want to know."""

    def __init__(self, upstreams: Upstreams, changes: Changes) -> None:
        self._upstreams = upstreams
        self._changes = changes
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}

    async def listen(self, front: Front) -> dict[str, Any]:
        """Serve one subscription until the caller closes it or does not keep up."""
        wanted = front.params.get("notifications") or {}
        kept = {name: True for name in LISTS_CHANGED.values() if wanted.get(name)}
        uris = list(wanted.get("resourceSubscriptions") or ()) if front.opened else []
        filters: dict[str, Any] = kept | ({"resourceSubscriptions": uris} if uris else {})
        mark = {SUBSCRIPTION_META_KEY: front.ctx.request_id}
        waiting: asyncio.Queue[tuple[str, Params]] = asyncio.Queue(_MOST_WAITING)
        full = asyncio.Event()

        async def told(server: str | None, method: str, params: Params) -> None:
            shown = _shown(front.view, server, params)
            if wanted_by(filters, method, shown):
                try:
                    waiting.put_nowait((method, shown))
                except asyncio.QueueFull:
                    full.set()

        with self._changes.told(front.owner, told):
            await tell(front.ctx, _ACKNOWLEDGED, {"notifications": filters, "_meta": mark})
            streams = [
                asyncio.create_task(self._follow(front, server, _toward(front.view, server, filters), told))
                for server in sorted(front.opened)
            ]
            try:
                while not full.is_set():
                    method, params = await waiting.get()
                    await tell(front.ctx, method, {**params, "_meta": {**params.get("_meta", {}), **mark}})
            finally:
                for stream in streams:
                    stream.cancel()
        return {"_meta": mark}

    async def begin(self, front: Front) -> None:
        """Tell a session of the 2025 era, on its own stream, what changes; until it ends."""
        session = session_of(front.ctx)

        async def told(server: str | None, method: str, params: Params) -> None:
            await tell_session(session, method, _shown(front.view, server, params))

        key = self._changes.tell(front.owner, told)
        everything = dict.fromkeys(LISTS_CHANGED.values(), True)
        for server in sorted(front.opened):
            self._keep(front.owner, self._follow(front, server, everything, told))

        async def end() -> None:
            self._changes.leave(key)
            for task in self._tasks.pop(front.owner, set()):
                task.cancel()
            self._upstreams.end(front.owner)

        session.exit_stack.push_async_callback(end)

    async def subscribe(self, front: Front, server: str, uri: str) -> None:
        """Tell a session of the 2025 era of updates of one resource of a system that has no such sessions."""
        if (await self._upstreams.of(server).served(front.toward(server))).era != "modern":
            return
        session = session_of(front.ctx)

        async def told(of: str | None, method: str, params: Params) -> None:
            await tell_session(session, method, _shown(front.view, of, params))

        task = self._keep(front.owner, self._follow(front, server, {"resourceSubscriptions": [uri]}, told))
        task.set_name(uri)

    def unsubscribe(self, front: Front, uri: str) -> None:
        """Tell it no more."""
        for task in self._tasks.get(front.owner, set()):
            if task.get_name() == uri:
                task.cancel()

    def close(self) -> None:
        """End everything that is followed."""
        for tasks in self._tasks.values():
            for task in tasks:
                task.cancel()

    async def _follow(
        self,
        front: Front,
        server: str,
        filters: dict[str, Any],
        told: Callable[[str | None, str, Params], Awaitable[None]],
    ) -> None:
        """Hear what a system of 2026-07-28 says of changes, and again after it was away.

        Systems of the 2025 era say it in the session of the caller, without being asked for lists.
        """
        if not filters:
            return

        async def hear(method: str, params: Params) -> None:
            await told(server, method, params)

        while True:
            with suppress(UpstreamAwayError, UpstreamAnswerError):
                if not await self._upstreams.of(server).follow(filters, hear, front.toward(server)):
                    return
            await asyncio.sleep(_AGAIN_SECONDS)

    def _keep(self, owner: str, work: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.create_task(work)
        tasks = self._tasks.setdefault(owner, set())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task


def _shown(view: str | None, server: str | None, params: Params) -> dict[str, Any]:
    """A notification's parameters as the view shows them, without the marks of another subscription."""
    meta = {k: v for k, v in (params.get("_meta") or {}).items() if k != SUBSCRIPTION_META_KEY}
    shown = {key: value for key, value in params.items() if key != "_meta"} | (
        {"_meta": meta} if meta else {}
    )
    if view is None and server is not None and "uri" in shown:
        shown["uri"] = f"{server}{_URI}{shown['uri']}"
    return shown


def _toward(view: str | None, server: str, filters: dict[str, Any]) -> dict[str, Any]:
    """The part of a subscription that is about one system, in its own addresses."""
    uris = filters.get("resourceSubscriptions") or []
    if view is None:
        before = f"{server}{_URI}"
        uris = [uri.removeprefix(before) for uri in uris if uri.startswith(before)]
    rest = {key: value for key, value in filters.items() if key != "resourceSubscriptions"}
    return rest | ({"resourceSubscriptions": uris} if uris else {})
