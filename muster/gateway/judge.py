"""Brings together what a decision needs: the grant, the tool, where values come from, and today's money."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from muster.gateway import approvals
from muster.gateway.caller import Caller
from muster.gateway.catalogue import Catalogue, Shelf
from muster.gateway.commitments import commitment, committed_today
from muster.gateway.grants import Grants
from muster.gateway.idempotency import with_key
from muster.gateway.policy.case import Case
from muster.gateway.policy.chain import Decision, decide
from muster.gateway.policy.files import Policy
from muster.gateway.policy.rate_limit import RateFull
from muster.gateway.pricing import Pricing
from muster.gateway.provenance.history import CallMade
from muster.gateway.tool import PinnedTool
from muster.gateway.tracing import Tracer, unvouched_sha256
from muster.ledger.events import Commitment, EventContext, ToolCallIntended, ToolCallSettled
from muster.ledger.postgres import LedgerTransaction, PostgresLedger

Guard = Callable[[LedgerTransaction], Awaitable[None]]


class HeldBackError(Exception):
    """Allowed by itself, but not at the moment of the intent; the transaction must not commit."""

    def __init__(self, judgement: "Judgement") -> None:
        super().__init__(judgement.decision.verdict.reason)
        self.judgement = judgement


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision with the facts it was made from."""

    case: Case
    decision: Decision
    call_id: str
    asked: Mapping[str, Any]
    """The arguments as the caller sent them; the case's are those to be sent on."""
    commits: Commitment | None = None
    """The money the call commits; null when it commits none, or nobody can say how much."""
    unvouched_sha256: tuple[str, ...] = ()
    """Of the values it sends that nobody vouches for."""

    @property
    def tool(self) -> PinnedTool | None:
        """The tool it is about; null when the registry has no such tool."""
        return self.case.tool

    @property
    def call_sha256(self) -> str:
        """What a person's word on this call is bound to."""
        return approvals.call_sha256("" if self.tool is None else self.tool.name, self.asked)

    @property
    def origins(self) -> dict[str, str]:
        """Where the value of each argument comes from; empty for a call that is not traced."""
        return {} if self.case.tracing is None else dict(self.case.tracing.origins)

    def under(self, approval_id: str | None) -> "Judgement":
        """The judgement with a person's word in hand, or without one."""
        case = replace(self.case, approval_id=approval_id)
        vouched = approval_id is not None
        unvouched = () if vouched else unvouched_sha256(case.tracing)
        return replace(self, case=case, decision=decide(case), unvouched_sha256=unvouched)

    def where_full(self, full: tuple[RateFull, ...]) -> "Judgement":
        """The judgement while those limits are used up."""
        case = replace(self.case, rate_full=full)
        return replace(self, case=case, decision=decide(case))


class Judge:
    """Decides for listing and for calling, from the same facts by the same rules."""

    def __init__(
        self,
        ledger: PostgresLedger,
        catalogue: Catalogue,
        policy: Policy,
        pricing: Pricing | None = None,
    ) -> None:
        """
        Args:
            pricing: looks up what calls commit; without it such calls have no price.
        """
        self._pricing = pricing
        self.grants = Grants(ledger)
        self.policy = policy
        self._ledger = ledger
        self._catalogue = catalogue
        self._tracer = Tracer(ledger, policy)

    async def offered(self, caller: Caller, revision: str) -> list[PinnedTool]:
        """The tools the caller would not be denied, in order of name.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        grant = await self.grants.of(caller.policy_revision, caller.agent)
        tools = (await self._catalogue.at(revision)).tools.values()
        about = Case(
            policy=self.policy,
            autonomy=self.policy.autonomy.current(),
            caller=caller,
            grant=grant,
            tool=None,
        )
        return [tool for tool in tools if decide(replace(about, tool=tool)).outcome != "deny"]

    async def judged(
        self,
        caller: Caller,
        revision: str,
        name: str,
        arguments: Mapping[str, Any],
        call_id: str,
        *,
        tool: PinnedTool | None = None,
    ) -> Judgement:
        """The decision about one call; `guard` must agree as well when the intent is recorded.

        An idempotency key the caller left out is filled in: the judgement's arguments are those to be sent.

        Args:
            tool: what is called, where it is no tool of the registry.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        shelf = await self._catalogue.at(revision)
        tool = tool or shelf.tools.get(name)
        case = Case(
            policy=self.policy,
            autonomy=self.policy.autonomy.current(),
            caller=caller,
            grant=await self.grants.of(caller.policy_revision, caller.agent),
            tool=tool,
            arguments=with_key(tool, arguments, caller.run_id, call_id),
        )
        decision = decide(case)
        if tool is None or decision.outcome == "deny" or not tool.traced:
            return Judgement(case, decision, call_id, arguments)
        return await self._traced(case, tool, shelf, call_id, arguments)

    async def _traced(
        self, case: Case, tool: PinnedTool, shelf: Shelf, call_id: str, asked: Mapping[str, Any]
    ) -> Judgement:
        sent, caller = case.arguments or {}, case.caller
        tracing = await self._tracer.tracing_of(caller, tool, sent, shelf)
        price = await self._pricing.price_of(caller, tool, sent, shelf, call_id) if self._pricing else None
        case = replace(case, tracing=tracing, price=price)
        amount, payees = (None, frozenset[str]()) if price is None else (price.amount, price.payees)
        commits = commitment(tool, sent, self.policy.money, amount=amount, payees=payees)
        return Judgement(case, decide(case), call_id, asked, commits, unvouched_sha256(case.tracing))

    def guard(self, judgement: Judgement) -> Guard | None:
        """What must hold in the transaction of the intent; null when nothing must.

        The guard raises `HeldBackError` when today's sums are too much or the person's word is spent.
        """
        tool, caller = judgement.tool, judgement.case.caller
        approval_id, commits = judgement.case.approval_id, judgement.commits
        if tool is None or (approval_id is None and commits is None):
            return None

        async def may_be_made(transaction: LedgerTransaction) -> None:
            if approval_id is not None and not await approvals.use(
                transaction, approval_id, judgement.call_id, where=caller.where, idempotent=tool.idempotent
            ):
                raise HeldBackError(judgement.under(None))
            if commits is not None:
                await self._sums_allow(transaction, judgement, commits)

        return may_be_made

    def heard(self, intent: ToolCallIntended, where: EventContext, settled: ToolCallSettled) -> None:
        """A call was settled: what it answered may explain what the run does next."""
        answer = settled.result if settled.structured is None else settled.structured
        call = CallMade(
            call_id=intent.call_id,
            tool=intent.tool,
            arguments=intent.arguments,
            answer=answer,
            explained=intent.approval_id is not None,
            effect=intent.effect,
            agent=where.agent,
        )
        self._tracer.heard(where.run_id, call, ok=settled.status == "ok")

    async def _sums_allow(
        self, transaction: LedgerTransaction, judgement: Judgement, commits: Commitment
    ) -> None:
        caller = judgement.case.caller
        sums = await committed_today(transaction, commits, f"{caller.team}/{caller.agent}")
        case = replace(judgement.case, exposure_today=sums.payee, agent_exposure_today=sums.agent)
        decision = decide(case)
        if decision.outcome != "allow":
            raise HeldBackError(replace(judgement, case=case, decision=decision))

    async def explained(self, judgement: Judgement) -> Decision:
        """The final decision, sums included; nothing is recorded.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        if judgement.commits is not None and judgement.decision.outcome == "allow":
            try:
                async with self._ledger.transaction() as transaction:
                    await self._sums_allow(transaction, judgement, judgement.commits)
            except HeldBackError as error:
                return error.judgement.decision
        return judgement.decision
