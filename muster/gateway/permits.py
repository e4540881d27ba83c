"""From a judgement to the right to act: rates, a person's word and the intent, or a recorded refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.core.money import usd
from muster.gateway import approvals
from muster.gateway.judge import HeldBackError, Judge, Judgement
from muster.gateway.plain import NotPlainError, clean, plain
from muster.gateway.policy import live_run
from muster.gateway.policy.verdict import Verdict
from muster.gateway.rates import RateBook
from muster.gateway.reply import Reply, refusal
from muster.gateway.tool import PinnedTool
from muster.ledger.errors import AgentPausedError, BudgetExhaustedError
from muster.ledger.events import ToolCallIntended, ToolCallRefused
from muster.ledger.intents import Intent
from muster.ledger.postgres import PostgresLedger

_LONGEST_NAME = 128
_NO_COST = Decimal(0)


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to make one call, with exactly these arguments."""

    intent: Intent
    tool: PinnedTool
    intended: ToolCallIntended
    """As it was recorded; its arguments are those to be sent."""


class Permits:
    """Gives the right to make a call, or records why there is none."""

    def __init__(self, ledger: PostgresLedger, judge: Judge) -> None:
        self._ledger = ledger
        self._judge = judge
        self._limits = judge.policy.limits
        self._rates = RateBook(ledger, judge.policy.limits.rates)

    async def asked(self, judgement: Judgement, name: str) -> Permit | Reply:
        """The right to make the call, its intent recorded; else the recorded refusal.

        Args:
            name: what the caller called.

        Raises:
            CallBegunError: it was begun before under this id and must not be made twice; nothing was done.
            LedgerUnavailableError: the database is away; no call may be made.
        """
        judgement, no = await self._with_word(judgement)
        if no is not None:
            return await self._refuse(judgement, name, no)
        if judgement.decision.outcome == "allow" and judgement.tool is not None:
            caller = judgement.case.caller
            full = await self._rates.take(f"{caller.team}/{caller.agent}", judgement.tool.name)
            if not full:
                return await self._intended(judgement, judgement.tool, name)
            judgement = judgement.where_full(full)
        if judgement.decision.outcome == "needs_approval":
            return await self._hold(judgement, name)
        return await self._refuse(judgement, name, judgement.decision.verdict)

    async def _intended(self, judgement: Judgement, tool: PinnedTool, name: str) -> Permit | Reply:
        try:
            return await self._intend(judgement, tool)
        except HeldBackError as error:
            held = error.judgement
        except AgentPausedError as error:
            verdict = Verdict("deny", live_run.RULE, f"{error.who} is paused")
            return await self._refuse(judgement, name, verdict, halted_by=error.who)
        except BudgetExhaustedError as error:
            return await self._refuse(judgement, name, Verdict("deny", "budget", str(error)))
        if held.decision.outcome == "needs_approval" and judgement.case.approval_id is None:
            held, no = await self._with_word(held)
            if no is not None:
                return await self._refuse(held, name, no)
            if held.decision.outcome == "allow":
                return await self._intended(held, tool, name)
        if held.decision.outcome == "needs_approval":
            return await self._hold(held, name)
        return await self._refuse(held, name, held.decision.verdict)

    async def _with_word(self, judgement: Judgement) -> tuple[Judgement, Verdict | None]:
        """The judgement under the word a person gave, where it needs one; and why not, when that was a no."""
        if judgement.decision.outcome != "needs_approval":
            return judgement, None
        caller = judgement.case.caller
        word = await approvals.standing(
            self._ledger, caller.run_id, caller.agent, judgement.call_sha256, team=caller.team
        )
        if word is None or _dearer(judgement, word):
            return judgement, None
        if word.status in ("approved", "used"):
            return judgement.under(word.approval_id), None
        return judgement, approvals.refusal_of(word)

    async def _intend(self, judgement: Judgement, tool: PinnedTool) -> Permit:
        arguments = dict(judgement.case.arguments or {})
        intended = ToolCallIntended(
            call_id=judgement.call_id,
            tool=tool.name,
            effect=tool.effect,
            arguments=arguments,
            arguments_sha256=sha256_hex(canonical_json(arguments)),
            rules=judgement.decision.rules,
            approval_id=judgement.case.approval_id,
            once=not tool.idempotent,
            commits=judgement.commits,
            origins=judgement.origins,
            unvouched_sha256=judgement.unvouched_sha256,
        )
        where, guard = judgement.case.caller.where, self._judge.guard(judgement)
        intent = await self._ledger.intend(intended, where, reserve_usd=_NO_COST, guard=guard)
        return Permit(intent, tool, intended)

    async def _hold(self, judgement: Judgement, name: str) -> Reply:
        """Put the call before a person; the caller gets the ticket."""
        decision, tool = judgement.decision, judgement.tool
        assert tool is not None
        case, commits = judgement.case, judgement.commits
        async with self._ledger.transaction() as transaction:
            approval_id = await approvals.ask(
                transaction,
                self._ledger,
                caller=case.caller,
                tool=tool,
                call_id=judgement.call_id,
                arguments=judgement.asked,
                call_sha256=judgement.call_sha256,
                rules=[step.rule for step in decision.held],
                reasons=[step.reason for step in decision.held],
                amount=None if commits is None else Decimal(commits.amount),
                currency=None if commits is None else commits.currency,
                origins=judgement.origins,
                expires_in=timedelta(hours=case.policy.autonomy.approvals.expires_in_hours),
            )
            refused = self._refused(judgement, name, decision.verdict)
            held = refused.model_copy(update={"approval_id": approval_id})
            await transaction.append(held, case.caller.where)
        return refusal(judgement.call_id, decision.verdict, approval_id=approval_id)

    async def _refuse(
        self, judgement: Judgement, name: str, verdict: Verdict, *, halted_by: str | None = None
    ) -> Reply:
        caller = judgement.case.caller
        await self._ledger.append(self._refused(judgement, name, verdict), caller.where)
        return refusal(judgement.call_id, verdict, halted_by=halted_by or caller.halted_by)

    def _refused(self, judgement: Judgement, name: str, verdict: Verdict) -> ToolCallRefused:
        held = [step for step in judgement.decision.held if step != verdict]
        return ToolCallRefused(
            call_id=judgement.call_id,
            tool=clean(name[:_LONGEST_NAME]),
            verdict="needs_approval" if verdict.outcome == "needs_approval" else "deny",
            rule=verdict.rule,
            reason=clean(verdict.reason),
            reasons=tuple(clean(f"{step.rule}: {step.reason}") for step in held),
            arguments=_recordable(judgement.asked, self._limits.arguments_bytes),
        )


def _dearer(judgement: Judgement, word: approvals.Approval) -> bool:
    """Whether the call would commit more by now than the person was shown: a looked-up price can change."""
    commits = judgement.commits
    if commits is None or word.status not in ("approved", "used"):
        return False
    shown = word.amount if word.currency == commits.currency else None
    return shown is None or usd(Decimal(commits.amount)) > shown


def _recordable(arguments: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """The arguments of a refused call, or nothing where the ledger could not keep them."""
    try:
        kept = plain(arguments)
    except NotPlainError:
        return {}
    return dict(arguments) if len(canonical_json(kept)) <= limit else {}
