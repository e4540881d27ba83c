"""Brings together what a decision needs: the grant, the tool, and what the payee got today."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from muster.gateway.caller import Caller
from muster.gateway.catalogue import Catalogue, Shelf
from muster.gateway.exposure import Exposure
from muster.gateway.grants import Grants
from muster.gateway.idempotency import with_key
from muster.gateway.once import only_once
from muster.gateway.policy.case import Case
from muster.gateway.policy.chain import Decision, decide
from muster.gateway.policy.files import Policy
from muster.gateway.tool import PinnedTool
from muster.ledger.postgres import LedgerTransaction, PostgresLedger

Guard = Callable[[LedgerTransaction], Awaitable[None]]


class HeldBackError(Exception):
    """Allowed by itself, but not together with what the payee got today; the transaction must not commit."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.verdict.reason)
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision with the facts it was made from."""

    case: Case
    decision: Decision
    shelf: Shelf

    @property
    def tool(self) -> PinnedTool | None:
        """The tool it is about; null when the registry has no such tool."""
        return self.case.tool


class Judge:
    """Decides for listing and for calling, from the same facts by the same rules."""

    def __init__(self, ledger: PostgresLedger, catalogue: Catalogue, policy: Policy) -> None:
        self.grants = Grants(ledger)
        self._ledger = ledger
        self._catalogue = catalogue
        self._policy = policy
        self._exposure = Exposure(ledger, policy.money)

    async def offered(self, caller: Caller, revision: str) -> list[PinnedTool]:
        """The tools the caller would not be denied, in order of name.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        grant = await self.grants.of(caller.policy_revision, caller.agent)
        tools = (await self._catalogue.at(revision)).tools.values()
        about = Case(
            policy=self._policy,
            autonomy=self._policy.autonomy.current(),
            caller=caller,
            grant=grant,
            tool=None,
        )
        return [tool for tool in tools if decide(replace(about, tool=tool)).outcome != "deny"]

    async def judged(
        self, caller: Caller, revision: str, name: str, arguments: Mapping[str, Any], call_id: str
    ) -> Judgement:
        """The decision about one call; where it is about money, `guard` must agree as well.

        An idempotency key the caller left out is filled in: the judgement's arguments are those to be sent.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        shelf = await self._catalogue.at(revision)
        tool = shelf.tools.get(name)
        case = Case(
            policy=self._policy,
            autonomy=self._policy.autonomy.current(),
            caller=caller,
            grant=await self.grants.of(caller.policy_revision, caller.agent),
            tool=tool,
            arguments=with_key(tool, arguments, caller.run_id, call_id),
        )
        return Judgement(case, decide(case), shelf)

    def guard(self, judgement: Judgement, call_id: str | None = None) -> Guard | None:
        """What must hold in the transaction that records the intent; null when nothing more must.

        The guard raises `HeldBackError` when the sum for the payee is too much, and `CallRepeatedError` when
        the call must not be made twice and was begun before under the same `call_id`.
        """
        case, tool = judgement.case, judgement.tool
        if tool is None:
            return None
        run_id = None if tool.idempotent else case.caller.run_id
        if tool.effect != "money" and (run_id is None or call_id is None):
            return None

        async def may_be_made(transaction: LedgerTransaction) -> None:
            if run_id is not None and call_id is not None:
                await only_once(transaction, run_id, call_id)
            if tool.effect == "money":
                await self._payee_may_get_more(transaction, tool, judgement)

        return may_be_made

    async def _payee_may_get_more(
        self, transaction: LedgerTransaction, tool: PinnedTool, judgement: Judgement
    ) -> None:
        case = judgement.case
        today = await self._exposure.of(transaction, tool, case.arguments or {}, judgement.shelf)
        decision = decide(replace(case, exposure_today=today))
        if decision.outcome != "allow":
            raise HeldBackError(decision)

    async def explained(self, judgement: Judgement) -> Decision:
        """The final decision, sums included; nothing is recorded.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        guard = self.guard(judgement)
        if guard is not None and judgement.decision.outcome == "allow":
            try:
                async with self._ledger.transaction() as transaction:
                    await guard(transaction)
            except HeldBackError as error:
                return error.decision
        return judgement.decision
