"""The one way from an agent to a system: decide, record the intent, call, record the outcome."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.caller import Caller
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.judge import HeldBackError, Judge, Judgement
from muster.gateway.plain import NotPlainError, clean, plain
from muster.gateway.policy import live_run
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.policy.verdict import Verdict
from muster.gateway.protocol import OWN_META_PREFIX
from muster.gateway.reply import Reply, ReplyStatus, answer, refusal
from muster.gateway.tokens import Presence
from muster.gateway.tool import PinnedTool
from muster.gateway.upstreams import Upstreams
from muster.ledger.errors import AgentPausedError, BudgetExhaustedError
from muster.ledger.events import ToolCallIntended, ToolCallRefused, ToolCallSettled
from muster.ledger.intents import Intent
from muster.ledger.postgres import PostgresLedger

_LONGEST_NAME = 128
_LONGEST_ERROR = 500
_NO_COST = Decimal(0)


class Gate:
    """Serves listing and calling; nothing is called that is not recorded first."""

    def __init__(
        self, ledger: PostgresLedger, judge: Judge, upstreams: Upstreams, limits: LimitsPolicy
    ) -> None:
        self._ledger = ledger
        self._judge = judge
        self._upstreams = upstreams
        self._limits = limits
        self._under_way: set[asyncio.Task[Reply]] = set()

    async def offered(self, presence: Presence) -> list[PinnedTool]:
        """The tools the caller would not be denied, in order of name.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        return await self._judge.offered(presence.caller, presence.registry_revision)

    async def call(self, presence: Presence, name: str, arguments: Mapping[str, Any], call_id: str) -> Reply:
        """Make one call for the caller, or refuse it; either is recorded.

        Raises:
            CallRepeatedError: it was begun before under this id and must not be made twice; nothing was done.
            LedgerUnavailableError: the database is away; no call was made, or its outcome is not recorded.
        """
        caller = presence.caller
        judgement = await self._judge.judged(caller, presence.registry_revision, name, arguments, call_id)
        tool, verdict = judgement.tool, judgement.decision.verdict
        if tool is not None and verdict.outcome == "allow":
            sent = judgement.case.arguments or {}
            try:
                intent = await self._intend(judgement, tool, sent, call_id)
            except HeldBackError as error:
                verdict = error.decision.verdict
            except AgentPausedError as error:
                caller = replace(caller, halted_by=error.who)
                verdict = Verdict("deny", live_run.RULE, f"{error.who} is paused")
            except BudgetExhaustedError as error:
                verdict = Verdict("deny", "budget", str(error))
            else:
                return await self._to_the_end(self._carry_out(tool, caller, sent, intent))
        return await self._refuse(caller, name, arguments, call_id, verdict)

    async def close(self) -> None:
        """Wait for calls under way: what was begun is recorded."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _intend(
        self, judgement: Judgement, tool: PinnedTool, arguments: Mapping[str, Any], call_id: str
    ) -> Intent:
        intended = ToolCallIntended(
            call_id=call_id,
            tool=tool.name,
            effect=tool.effect,
            arguments=dict(arguments),
            arguments_sha256=sha256_hex(canonical_json(dict(arguments))),
            rules=judgement.decision.rules,
        )
        where = judgement.case.caller.where
        guard = self._judge.guard(judgement, call_id)
        return await self._ledger.intend(intended, where, reserve_usd=_NO_COST, guard=guard)

    async def _refuse(
        self, caller: Caller, name: str, arguments: Mapping[str, Any], call_id: str, verdict: Verdict
    ) -> Reply:
        refused = ToolCallRefused(
            call_id=call_id,
            tool=clean(name[:_LONGEST_NAME]),
            verdict="needs_approval" if verdict.outcome == "needs_approval" else "deny",
            rule=verdict.rule,
            reason=clean(verdict.reason),
            arguments=_recordable(arguments, self._limits.arguments_bytes),
        )
        await self._ledger.append(refused, caller.where)
        return refusal(call_id, verdict, halted_by=caller.halted_by)

    async def _to_the_end(self, work: Coroutine[Any, Any, Reply]) -> Reply:
        """Let a call go on to its recorded end even when the caller hangs up."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _carry_out(
        self, tool: PinnedTool, caller: Caller, arguments: Mapping[str, Any], intent: Intent
    ) -> Reply:
        began = perf_counter()
        reply = await self._forward(tool, caller, arguments, intent)
        reply = replace(reply, effect=tool.effect, idempotent=tool.idempotent)
        settled = ToolCallSettled(
            call_id=intent.call_id,
            tool=tool.name,
            status="tool_error" if reply.status == "refused" else reply.status,
            result=None if reply.status == "transport_error" else reply.text,
            latency_ms=round((perf_counter() - began) * 1000),
            error_message=None if reply.status == "ok" else reply.text[:_LONGEST_ERROR],
            delivered=reply.delivered,
        )
        await self._ledger.settle(intent, settled, cost_usd=_NO_COST)
        return reply

    async def _forward(
        self, tool: PinnedTool, caller: Caller, arguments: Mapping[str, Any], intent: Intent
    ) -> Reply:
        call_id = intent.call_id
        own = {"task_id": caller.task_id, "run_id": caller.run_id}
        meta = {f"{OWN_META_PREFIX}{key}": value for key, value in own.items() if value is not None}
        structured = "outputSchema" in tool.definition
        try:
            raw = await self._upstreams.of(tool.server).call(intent, tool, arguments, meta)
            return answer(call_id, raw, characters=self._limits.result_characters, structured=structured)
        except UpstreamAwayError as error:
            delivered = None if error.delivered else False
            text = clean(str(error))
            return Reply(call_id=call_id, status="transport_error", text=text, delivered=delivered)
        except UpstreamAnswerError as error:
            # an answer that says nothing of the call's fate must not pass for a refusal by the system
            status: ReplyStatus = "tool_error" if error.declined else "transport_error"
            return Reply(call_id=call_id, status=status, text=clean(str(error)))


def _recordable(arguments: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """The arguments of a refused call, or nothing where the ledger could not keep them."""
    try:
        kept = plain(arguments)
    except NotPlainError:
        return {}
    return dict(arguments) if len(canonical_json(kept)) <= limit else {}
