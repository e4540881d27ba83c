"""Where the values of a run's calls come from, read from the record as it grows."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from muster.gateway.caller import Caller
from muster.gateway.catalogue import Shelf
from muster.gateway.policy.files import Policy
from muster.gateway.provenance.history import CallMade, History, TaskGiven, Tracing
from muster.gateway.tool import PinnedTool
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_MOST_RUNS = 512


@dataclass
class _Followed:
    """A run's history as far as it is known, and the calls whose outcome is not."""

    history: History
    shelf: Shelf
    """The registration its answers are read by; a changed one reads the run anew."""
    through: int = 0
    """The place in the run up to which its record was read."""
    calls: int = 0
    """Calls the run asked for that are known here, refused ones included."""
    heard: set[str] = field(default_factory=set)
    """Calls that were made here, and need not be read."""
    begun: dict[str, dict[str, Any]] = field(default_factory=dict)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_up_to_date(self, caller: Caller) -> bool:
        """Whether nothing can have been recorded that is not known here."""
        return not caller.client and not self.begun and caller.calls_made <= self.calls


class Tracer:
    """Traces calls that change something or send something out; follows each run's record."""

    def __init__(self, ledger: PostgresLedger, policy: Policy) -> None:
        self._ledger = ledger
        self._policy = policy
        self._runs: OrderedDict[str, _Followed] = OrderedDict()

    async def tracing_of(
        self, caller: Caller, tool: PinnedTool, arguments: Mapping[str, Any], shelf: Shelf
    ) -> Tracing | None:
        """Where each argument's value comes from; null for a read that sends nothing out.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        if not tool.traced:
            return None
        followed = await self._followed(caller, shelf)
        async with followed.reading:
            await self._read_on(caller, followed)
            history = followed.history
            tracing = history.tracing_of(tool, arguments, agent=caller.agent)
            distrusted: set[tuple[str, str]] = set()
            while written := await self._written_by_agents(tracing) - distrusted:
                for server, value in written:
                    history.distrust(server, (value,))
                distrusted |= written
                tracing = history.tracing_of(tool, arguments, agent=caller.agent)
            return tracing

    def heard(self, run_id: str | None, call: CallMade, *, ok: bool) -> None:
        """A call was settled here: its answer is known without reading the record."""
        followed = self._runs.get(run_id or "")
        if followed is None or call.call_id in followed.heard or call.call_id in followed.begun:
            return
        followed.heard.add(call.call_id)
        followed.calls += 1
        if ok:
            followed.history.saw(call)

    async def _followed(self, caller: Caller, shelf: Shelf) -> _Followed:
        run_id = caller.run_id or ""
        known = self._runs.get(run_id)
        if known is not None and run_id and known.shelf is shelf:
            self._runs.move_to_end(run_id)
            return known
        tools = shelf.tools
        history = History(
            await self._task_of(caller),
            self._policy.provenance,
            caller.team,
            caller.agent,
            lambda name: tools[name].roles if name in tools else None,
        )
        followed = _Followed(history, shelf)
        if run_id:
            self._runs[run_id] = followed
            if len(self._runs) > _MOST_RUNS:
                self._runs.popitem(last=False)
        return followed

    async def _task_of(self, caller: Caller) -> TaskGiven | None:
        if caller.task_id is None:
            return None
        rows = await self._ledger.fetch(load("muster.gateway", "task_given"), {"task_id": caller.task_id})
        return _task_given(rows[0]) if rows else None

    async def _read_on(self, caller: Caller, followed: _Followed) -> None:
        if caller.run_id is None or followed.is_up_to_date(caller):
            return
        parameters = {"run_id": caller.run_id, "through": followed.through}
        for row in await self._ledger.fetch(load("muster.gateway", "calls_of_run"), parameters):
            followed.through = row["run_seq"]
            payload = orjson.loads(row["body"])["payload"]
            if payload["call_id"] in followed.heard:
                continue
            followed.calls += row["kind"] != "tool_call.settled"
            if row["kind"] == "tool_call.intended":
                followed.begun[payload["call_id"]] = {**payload, "agent": row["agent"]}
            elif row["kind"] == "tool_call.settled":
                begun = followed.begun.pop(payload["call_id"], None)
                if begun is not None and payload["status"] == "ok":
                    followed.history.saw(_call_made(begun, payload))

    async def _written_by_agents(self, tracing: Tracing) -> set[tuple[str, str]]:
        """Those of the values an explanation rests on that agents wrote into the system themselves."""
        by_digest = {(server, _digest(value)): (server, value) for server, value in tracing.rests_on}
        if not by_digest:
            return set()
        parameters = {
            "servers": [server for server, _ in by_digest],
            "digests": [digest for _, digest in by_digest],
        }
        rows = await self._ledger.fetch(load("muster.gateway", "written_values"), parameters)
        return {by_digest[row["server"], row["value_sha256"]] for row in rows}


def unvouched_sha256(tracing: Tracing | None) -> tuple[str, ...]:
    """Of the values a call sends that nobody vouches for, in order."""
    return tuple(sorted(_digest(value) for value in tracing.unvouched)) if tracing is not None else ()


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _task_given(row: Mapping[str, Any]) -> TaskGiven:
    content = row["content"]
    return TaskGiven(
        source=row["source"],
        channel=row["channel"],
        sender=content.get("sender"),
        subject=content.get("subject") or row["title"],
        text=content.get("text") or "",
        attachments=tuple(str(each.get("text", "")) for each in content.get("attachments", ())),
    )


def _call_made(begun: Mapping[str, Any], settled: Mapping[str, Any]) -> CallMade:
    structured = settled.get("structured")
    return CallMade(
        call_id=begun["call_id"],
        tool=begun["tool"],
        arguments=begun["arguments"],
        answer=settled.get("result") if structured is None else structured,
        explained=begun.get("approval_id") is not None,
        effect=begun["effect"],
        agent=begun["agent"],
    )
