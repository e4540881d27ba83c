"""The one way from an agent to a system: decide, record the intent, call, record the outcome."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

from muster.gateway.caller import Caller
from muster.gateway.exchange import NOBODY, Exchange
from muster.gateway.forwarding import Forwarding
from muster.gateway.judge import Judge
from muster.gateway.passed_method import PassedMethod, opened_by
from muster.gateway.permits import Permit, Permits
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.reply import Reply
from muster.gateway.scanning.scanner import Scanner
from muster.gateway.tokens import Presence
from muster.gateway.tool import PinnedTool
from muster.gateway.upstreams import Upstreams
from muster.ledger.events import ToolCallSettled
from muster.ledger.intents import Intent
from muster.ledger.postgres import PostgresLedger

_LONGEST_ERROR = 500
_NO_COST = Decimal(0)
_LET_FINISH_SECONDS = 2.0
_CALLED_OFF = "the caller hung up and the call was called off; it may have been carried out"


class Gate:
    """Serves listing and calling; nothing is called that is not recorded first."""

    def __init__(
        self,
        ledger: PostgresLedger,
        judge: Judge,
        upstreams: Upstreams,
        limits: LimitsPolicy,
        scanner: Scanner,
    ) -> None:
        self._ledger = ledger
        self._judge = judge
        self._permits = Permits(ledger, judge)
        self.upstreams = upstreams
        self._forwarding = Forwarding(upstreams, limits, scanner)
        self._under_way: set[asyncio.Task[Reply]] = set()
        self._at_systems: set[asyncio.Task[Any]] = set()

    async def offered(self, presence: Presence) -> list[PinnedTool]:
        """The tools the caller would not be denied, in order of name.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        return await self._judge.offered(presence.caller, presence.registry_revision)

    async def call(
        self,
        presence: Presence,
        name: str,
        arguments: Mapping[str, Any],
        call_id: str,
        *,
        exchange: Exchange = NOBODY,
        method: PassedMethod | None = None,
    ) -> Reply:
        """Make one call for the caller, or refuse it; either is recorded.

        Args:
            exchange: the caller's side, for what the system tells and asks in the middle of the call.
            method: what is called, where it is no tool.

        Raises:
            CallBegunError: it was begun before under this id and must not be made twice; nothing was done.
            LedgerUnavailableError: the database is away; no call was made, or its outcome is not recorded.
        """
        caller, revision = presence.caller, presence.registry_revision
        judgement = await self._judge.judged(caller, revision, name, arguments, call_id, tool=method)
        permit = await self._permits.asked(judgement, name)
        if isinstance(permit, Reply):
            return permit
        return await self._to_the_end(self._carry_out(permit, caller, exchange))

    async def opened(self, presence: Presence) -> frozenset[str]:
        """The systems the caller may use beyond their tools, as a grant `mcp:<server>` says.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        caller = presence.caller
        grant = await self._judge.grants.of(caller.policy_revision, caller.agent)
        if grant is None or caller.halted_by is not None:
            return frozenset()
        return frozenset(name for name in self.upstreams.names() if opened_by(name) in grant.tools)

    async def close(self) -> None:
        """Wait for calls under way: what was begun is recorded."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _to_the_end(self, work: Coroutine[Any, Any, Reply]) -> Reply:
        """Let a call go on to its recorded end even when the caller hangs up.

        Its system is then given a moment to finish, so that the outcome is known, and called off after it.
        """
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(_LET_FINISH_SECONDS, self._call_off, task)
            raise

    def _call_off(self, task: asyncio.Task[Reply]) -> None:
        if task in self._at_systems:
            task.cancel()

    async def _carry_out(self, permit: Permit, caller: Caller, exchange: Exchange) -> Reply:
        tool, intent = permit.tool, permit.intent
        began = perf_counter()
        reply = await self._forwarded(tool, caller, permit.intended.arguments, intent, exchange)
        reply = replace(reply, effect=tool.effect, idempotent=tool.idempotent)
        settled = ToolCallSettled(
            call_id=intent.call_id,
            tool=tool.name,
            status="tool_error" if reply.status == "refused" else reply.status,
            result=None if reply.status == "transport_error" else reply.text,
            latency_ms=round((perf_counter() - began) * 1000),
            error_message=None if reply.status == "ok" else reply.text[:_LONGEST_ERROR],
            structured=reply.structured,
            trust=reply.trust,
            found=reply.found,
            delivered=reply.delivered,
        )
        await self._ledger.settle(intent, settled, cost_usd=_NO_COST)
        self._judge.heard(permit.intended, intent.where, settled)
        return reply

    async def _forwarded(
        self,
        tool: PinnedTool,
        caller: Caller,
        arguments: Mapping[str, Any],
        intent: Intent,
        exchange: Exchange,
    ) -> Reply:
        task = asyncio.current_task()
        assert task is not None
        self._at_systems.add(task)
        try:
            return await self._forwarding.forward(tool, caller, arguments, intent, exchange)
        except asyncio.CancelledError:
            # only a caller who hung up calls a system off: the outcome is recorded all the same
            task.uncancel()
            return Reply(call_id=intent.call_id, status="transport_error", text=_CALLED_OFF)
        finally:
            self._at_systems.discard(task)
