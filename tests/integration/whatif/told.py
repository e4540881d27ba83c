"""A day of one small team, written event by event into a real ledger, for questions about it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from muster.core.clock import FixedClock
from muster.gateway import approvals
from muster.gateway.registration import Registration
from muster.ledger.events import (
    AnyEvent,
    ApprovalDecided,
    ApprovalRequested,
    ClientGranted,
    Commitment,
    EscalationRaised,
    EscalationReason,
    EventContext,
    ModelCallIntended,
    ModelCallSettled,
    OutcomeScored,
    PhaseChanged,
    PolicyChanged,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskParked,
    TaskQueued,
    TeamDeployed,
    ToolCallIntended,
    ToolCallRefused,
    ToolCallSettled,
    ToolPinned,
)
from muster.ledger.postgres import PostgresLedger
from muster.models.table import ModelTable
from muster.teams.standard import Standard
from muster.teams.standard_file import standard_text

MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
REGISTRATION = Registration.model_validate(
    {
        "servers": {
            "shop": {
                "get_order": {"effect": "read"},
                "issue_refund": {
                    "effect": "money",
                    "amount": "amount",
                    "currency": "currency",
                    "payee": ["order_number"],
                },
            }
        }
    }
)
TABLE = ModelTable.model_validate(
    {
        "roles": {"writer": {"model": "sonnet", "fallback": "haiku", "max_tokens": 100}},
        "price_per_mtok": {"sonnet": {"input": "2", "output": "10"}, "haiku": {"input": "1", "output": "5"}},
    }
)
MANIFEST: dict[str, Any] = {
    "team": "support",
    "title": "Support",
    "owner": "head@shop.example",
    "description": "Answers customers.",
    "coordinator": "desk",
    "intake": {"mail": ["support@shop.example"]},
    "budget": {"usd_per_day": "20"},
    "agents": [
        {
            "name": "desk",
            "title": "Desk",
            "description": "Answers.",
            "tier": "reconciliation",
            "phase": "core",
            "model": "writer",
            "prompt": "prompts/desk.md",
            "tools": ["shop__get_order", "shop__issue_refund"],
            "escalate": {"confidence_below": 0.80, "tool_calls_over": 6},
        }
    ],
}


def definition(name: str, **arguments: str) -> dict[str, Any]:
    properties = {argument: {"type": kind} for argument, kind in arguments.items()}
    return {"name": name, "inputSchema": {"type": "object", "properties": properties}}


@dataclass
class Told:
    """Writes tasks one after another, a minute apart."""

    ledger: PostgresLedger
    clock: FixedClock
    source: str = "rehearsal"
    _number: int = field(default=0)

    @classmethod
    async def begun(cls, url: str) -> "Told":
        """A ledger in which the team is at work."""
        clock = FixedClock(MORNING)
        told = cls(await PostgresLedger.open(url, clock=clock, pool_size=1), clock)
        platform = EventContext(actor="person:operator", team="support")
        for event in (
            PolicyChanged(name="standard", version=1, sha256="", text=standard_text(Standard())),
            PolicyChanged(name="models", version=1, sha256="", text=TABLE.text()),
            TeamDeployed(version=1, manifest_sha256="", agents=["desk"], manifest=MANIFEST),
            PhaseChanged(
                who="support/desk",
                phase="core",
                previous="co-pilot",
                cause="person",
                reason="",
                evidence={},
            ),
            _pinned("get_order", "read", order_number="string"),
            _pinned("issue_refund", "money", order_number="string", amount="number", currency="string"),
        ):
            await told.ledger.append(event, platform)
        return told

    async def task(
        self,
        *,
        confidence: float = 0.95,
        reads: int = 0,
        refunds: tuple[tuple[str, int], ...] = (),
        declined: tuple[str, int] | None = None,
        held: tuple[str, int] | None = None,
        word: str | None = None,
        reason: EscalationReason | None = None,
        truth: str | None = None,
        expected: str = "completed",
        version: int = 1,
    ) -> str:
        """A task from arrival to end; its id.

        Args:
            refunds: order and amount of each, made without a person.
            declined: a refund the shop did not make.
            held: a refund the money band held; it waits, but for a person's `word`.
            truth: `correct` or `wrong`, by a scorer who expected it to end as `expected`.
        """
        self._number += 1
        task_id, run_id = f"tsk_{self._number:02d}", f"run_{self._number:02d}"
        arrival = EventContext(actor="service:intake", task_id=task_id, team="support")
        where = EventContext(
            actor="agent:support/desk",
            task_id=task_id,
            run_id=run_id,
            team="support",
            agent="desk",
            model_source=self.source,
        )
        await self._say(_queued(task_id), arrival)
        started = RunStarted(entry_agent="desk", team_version=1, attempt=1, standard="standard@1")
        await self._say(started, where)
        await self._thought(where, version)
        calls = 0
        for _ in range(reads):
            calls += 1
            await self._called(where, f"1.1.{calls}.read", "shop__get_order", {"order_number": str(calls)})
        for order, amount in refunds:
            calls += 1
            await self._refunded(where, f"1.1.{calls}.pay", order, amount)
        if declined is not None:
            calls += 1
            await self._refunded(where, f"1.1.{calls}.no", *declined, status="tool_error")
        if held is not None:
            await self._held(where, "1.2.0.held", *held)
            if word is None:
                parked = TaskParked(worker="w", attempt=1, waiting_for=f"apr_{task_id}", reason="held")
                await self._say(parked, where)
                await self._scored(arrival, truth, expected, "held")
                return task_id
            await self._decided(where, "1.2.0.held", *held, word)
        await self._ended(where, arrival, confidence, reason, calls)
        await self._scored(arrival, truth, expected, "escalated" if reason else "completed")
        return task_id

    async def client_refund(self, order: str, amount: int) -> None:
        """A refund by an outside client, which works on no task."""
        granted = ClientGranted(
            client="desktop",
            owner="jo@shop.example",
            tier="reconciliation",
            phase="core",
            tools=("shop__issue_refund",),
            version=1,
        )
        await self._say(granted, EventContext(actor="person:operator"))
        where = EventContext(actor="agent:client/desktop", run_id="run_c", team="client", agent="desktop")
        await self._refunded(where, "c_1", order, amount)

    async def _say(self, event: AnyEvent, where: EventContext, cost: Decimal | None = None) -> str:
        self.clock.advance(timedelta(seconds=5))
        return await self.ledger.append(event, where, cost_usd=cost)

    async def _thought(self, where: EventContext, version: int) -> None:
        intended = ModelCallIntended(
            call_id=f"mcl_{where.task_id}",
            role="writer",
            model="sonnet",
            prompt_version=version,
            policy="models@1",
            request_sha256="",
            estimated_cost_usd="0.01",
            reserved_usd="0.01",
        )
        intent_id = await self._say(intended, where)
        settled = ModelCallSettled(
            call_id=intended.call_id,
            intent_id=intent_id,
            model="sonnet",
            status="ok",
            input_tokens=1000,
            output_tokens=100,
            latency_ms=1,
            response=[],
        )
        await self._say(settled, where, Decimal("0.003"))

    async def _called(
        self,
        where: EventContext,
        call_id: str,
        tool: str,
        arguments: dict[str, Any],
        *,
        commits: Commitment | None = None,
        approval_id: str | None = None,
        status: str = "ok",
    ) -> None:
        intended = ToolCallIntended(
            call_id=call_id,
            tool=tool,
            effect="read" if commits is None else "money",
            arguments=arguments,
            arguments_sha256="",
            commits=commits,
            approval_id=approval_id,
        )
        intent_id = await self._say(intended, where)
        settled = ToolCallSettled.model_validate(
            {
                "call_id": call_id,
                "intent_id": intent_id,
                "tool": tool,
                "status": status,
                "result": f"done {call_id}",
                "latency_ms": 1,
            }
        )
        await self._say(settled, where)

    async def _refunded(
        self,
        where: EventContext,
        call_id: str,
        order: str,
        amount: int,
        approval_id: str | None = None,
        status: str = "ok",
    ) -> None:
        commits = Commitment(amount=str(amount), currency="EUR", payees=(order.casefold(),))
        arguments = {"order_number": order, "amount": amount, "currency": "EUR"}
        await self._called(
            where,
            call_id,
            "shop__issue_refund",
            arguments,
            commits=commits,
            approval_id=approval_id,
            status=status,
        )

    async def _held(self, where: EventContext, call_id: str, order: str, amount: int) -> None:
        arguments = {"order_number": order, "amount": amount, "currency": "EUR"}
        reason, approval_id = "over the band", f"apr_{where.task_id}"
        requested = ApprovalRequested(
            approval_id=approval_id,
            call_id=call_id,
            tool="shop__issue_refund",
            arguments=arguments,
            arguments_sha256="",
            call_sha256=approvals.call_sha256("shop__issue_refund", arguments),
            rules=("money_band",),
            reasons=(reason,),
            summary="",
        )
        await self._say(requested, where)
        await self._say(_refused(call_id, arguments, "money_band", reason, approval_id), where)

    async def _decided(self, where: EventContext, call_id: str, order: str, amount: int, word: str) -> None:
        approval_id = f"apr_{where.task_id}"
        decided = ApprovalDecided.model_validate(
            {
                "approval_id": approval_id,
                "decision": word,
                "arguments_sha256": "",
                "attention_seconds": 90,
            }
        )
        await self._say(decided, EventContext(actor="person:jo", task_id=where.task_id, team="support"))
        if word == "approve":
            await self._refunded(where, f"{call_id}#2", order, amount, approval_id)
        else:
            arguments = {"order_number": order, "amount": amount, "currency": "EUR"}
            no = _refused(f"{call_id}#2", arguments, approvals.RULE, "rejected by jo", None)
            await self._say(no, where)

    async def _ended(
        self,
        where: EventContext,
        arrival: EventContext,
        confidence: float,
        reason: EscalationReason | None,
        calls: int,
    ) -> None:
        status = "completed" if reason is None else "escalated"
        ended = RunEnded.model_validate(
            {
                "outcome": status,
                "summary": "done",
                "confidence": confidence,
                "confidence_method": "self_report",
                "standard": "standard@1",
                "model_calls": 1,
                "tool_calls": calls,
                "duration_ms": 1,
            }
        )
        if reason is not None:
            raised = EscalationRaised(
                escalation_id=f"esc_{where.task_id}",
                reason=reason,
                detail="",
                summary="",
                standard="standard@1",
                sla_due_at=MORNING,
            )
            await self._say(raised, where)
        await self._say(ended, where)
        await self._say(TaskEnded.model_validate({"status": status, "summary": "done"}), arrival)

    async def _scored(self, arrival: EventContext, truth: str | None, expected: str, actual: str) -> None:
        if truth is None:
            return
        mistakes = () if truth == "correct" else ("something is wrong",)
        scored = OutcomeScored(
            scorer="test", correct=truth == "correct", expected=expected, actual=actual, mistakes=mistakes
        )
        await self._say(scored, arrival)


def _queued(task_id: str) -> TaskQueued:
    return TaskQueued(
        source="mail:support",
        external_id=task_id,
        channel="mail",
        priority="medium",
        title=f"Mail {task_id}",
        content_sha256="",
        content={"text": "hello"},
    )


def _refused(
    call_id: str, arguments: dict[str, Any], rule: str, reason: str, approval_id: str | None
) -> ToolCallRefused:
    return ToolCallRefused(
        call_id=call_id,
        tool="shop__issue_refund",
        verdict="deny" if approval_id is None else "needs_approval",
        rule=rule,
        reason=reason,
        arguments=arguments,
        approval_id=approval_id,
    )


def _pinned(tool: str, effect: Any, **arguments: str) -> ToolPinned:
    return ToolPinned(
        server="shop",
        tool=tool,
        definition_sha256="",
        effect=effect,
        status="active",
        definition=definition(tool, **arguments),
    )
