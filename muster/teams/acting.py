"""Makes an agent's tool calls by the standard, and never makes one twice that might have an effect twice."""

import asyncio
import random
from dataclasses import dataclass
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway import approvals
from muster.gateway.client import ToolOutcome
from muster.gateway.policy import live_run, rate, schema
from muster.ledger.events import Effect, ToolCallIntended, ToolCallRefused, ToolCallSettled
from muster.ledger.postgres import PostgresLedger
from muster.teams.deadline import Deadline
from muster.teams.errors import ApprovalPendingError, PersonNeededError, WorkInterruptedError
from muster.teams.halts import stop_if_halted
from muster.teams.journal import Journal, ToolEnd
from muster.teams.manifest_model import EscalationRules
from muster.teams.run_watch import RunWatch
from muster.teams.standard import Standard
from muster.teams.tools import ToolSession

_SHORT = 12


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call an agent wants made."""

    team: str
    agent: str
    place: str
    """Where in the run it stands, such as `1.3.0`; the same whenever the run is gone through."""
    name: str
    arguments: dict[str, Any]
    effect: Effect | None
    """What the tool does to the world; null for one the agent was not offered."""
    idempotent: bool
    """Whether it may be made again: it reads, or the system honours an idempotency key."""

    @property
    def call_id(self) -> str:
        """Names the call in the record; other arguments are another call."""
        return f"{self.place}.{self.fingerprint[:_SHORT]}"

    def attempt_id(self, attempt: int) -> str:
        """Names one attempt at it, from 1."""
        return self.call_id if attempt == 1 else f"{self.call_id}#{attempt}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of tool and arguments."""
        return sha256_hex(canonical_json([self.name, self.arguments]))


class Acting:
    """Tool calls of one run."""

    def __init__(
        self,
        ledger: PostgresLedger,
        journal: Journal,
        standard: Standard,
        deadline: Deadline,
        chance: random.Random,
        given: str,
    ) -> None:
        """
        Args:
            given: the text of the task, whose items an agent may work through.
        """
        self._ledger = ledger
        self._journal = journal
        self._standard = standard
        self._deadline = deadline
        self._chance = chance
        self._watch = RunWatch(standard, given)
        self._settled: set[str] = set()
        self.tried: list[str] = []

    @property
    def calls(self) -> int:
        """Tool calls asked for so far."""
        return self._watch.calls

    async def act(self, session: ToolSession, rules: EscalationRules, call: ToolCall) -> ToolOutcome:
        """What came of the call; `invalid_arguments` is left to the caller, who knows the turn.

        Raises:
            PersonNeededError: a rule says the run must stop here.
            ParkedError: the agent, its team or the fleet is halted, or the call waits for a person's word.
            WorkInterruptedError: the system is away, and the standard says to wait for it.
            GatewayError: the gateway is away; whether the call was made stands in the ledger.
            LedgerUnavailableError: the record cannot be written.
        """
        self._watch.begins(rules)
        outcome = await self._until_it_is_known(session, call)
        self.tried.append(f"{call.name}({_readable(call.arguments)}): {outcome.status}")
        await self._judge(call, outcome)
        return outcome

    async def _until_it_is_known(self, session: ToolSession, call: ToolCall) -> ToolOutcome:
        away = self._standard.retry["tool_away"]
        failing = self._standard.retry["tool_error"]
        attempt = tries = made_now = 0
        may_have_arrived = False
        while True:
            attempt += 1
            recorded = self._recorded(call, attempt)
            if recorded is not None and _waits(recorded):  # a person may have decided since
                continue
            tries += 1
            made_now += recorded is None
            outcome = recorded or await self._made(session, call, attempt)
            if outcome.status == "transport_error":
                may_have_arrived |= outcome.delivered is not False
                if may_have_arrived and not call.idempotent:
                    raise _uncertain(call, outcome.text)
                rule = away
                if made_now == 0 and rule.then == "stand_by":  # it stood by since: that is over now
                    continue
            elif outcome.status == "tool_error" and call.effect == "read":
                rule = failing
            else:
                return self._known(call, outcome)
            if tries >= rule.attempts:
                if rule is failing:
                    return self._known(call, outcome)
                if may_have_arrived and call.effect != "read":
                    raise _uncertain(call, f"{tries} attempts; last: {outcome.text}")
                said = f"{call.name} cannot be reached after {tries} attempts: {outcome.text}"
                if rule.then == "stand_by":
                    raise WorkInterruptedError(said, do="see: muster status")
                raise PersonNeededError("error_persists", said)
            self._deadline.check()
            delay = rule.delay_seconds(tries, None, self._chance)
            await asyncio.sleep(min(delay, self._deadline.left_seconds))

    def _known(self, call: ToolCall, outcome: ToolOutcome) -> ToolOutcome:
        self._settled.add(call.call_id)
        return outcome

    def unheard(self) -> list[ToolCallIntended]:
        """Acts an earlier worker began whose outcome nobody knows, and that this one has not cleared up."""
        ends = {_family(call_id) for call_id, end in self._journal.tool_ends.items() if _is_certain(end)}
        return [
            begun
            for call_id, begun in self._journal.open_tools.items()
            if begun.effect != "read" and _family(call_id) not in ends | self._settled
        ]

    def _recorded(self, call: ToolCall, attempt: int) -> ToolOutcome | None:
        """What an earlier worker recorded of this attempt; null when it made none."""
        call_id = call.attempt_id(attempt)
        end = self._journal.tool_ends.get(call_id)
        if end is not None:
            return _outcome(end, call)
        if call_id in self._journal.open_tools:
            if not call.idempotent:
                raise _uncertain(call, "its outcome was never recorded")
            return ToolOutcome("transport_error", "its outcome was never recorded", idempotent=True)
        return None

    async def _made(self, session: ToolSession, call: ToolCall, attempt: int) -> ToolOutcome:
        self._deadline.check()
        return await session.call(call.name, call.arguments, call_id=call.attempt_id(attempt))

    async def _judge(self, call: ToolCall, outcome: ToolOutcome) -> None:
        """Raise when the standard says that this outcome ends the run."""
        if outcome.status == "refused":
            await self._refused(call, outcome)
        self._watch.saw(
            call.agent,
            call.name,
            call.arguments,
            outcome.text,
            outcome.status,
            rule=outcome.rule,
            held=outcome.verdict == "needs_approval",
            effect=call.effect,
        )

    async def _refused(self, call: ToolCall, outcome: ToolOutcome) -> None:
        """Raise where the refusal itself ends the run or lets it wait."""
        if outcome.rule in (schema.RULE, rate.RULE):  # the agent is told what to mend, or how long to wait
            return
        if outcome.rule == live_run.RULE:
            await stop_if_halted(self._ledger, call.team, call.agent)
            raise WorkInterruptedError(outcome.text, do="another worker has the task, or it took too long")
        if _waits(outcome):
            assert outcome.approval_id is not None
            raise ApprovalPendingError(outcome.approval_id, f"{call.name} with {_readable(call.arguments)}")
        if outcome.verdict == "needs_approval" or outcome.rule == approvals.EXPIRED_RULE:
            raise PersonNeededError(
                "needs_approval",
                outcome.text,
                proposed_action=f"{call.name} with {_readable(call.arguments)}",
            )


def _family(call_id: str) -> str:
    """The call, whichever attempt at it the id names."""
    return call_id.partition("#")[0]


def _waits(outcome: ToolOutcome) -> bool:
    """Whether the call was put before a person; each time it comes again it is another attempt."""
    return outcome.verdict == "needs_approval" and outcome.approval_id is not None


def _is_certain(end: ToolEnd) -> bool:
    if isinstance(end, ToolCallRefused):
        return end.approval_id is None  # one that was put before a person is made, or not, later
    return end.status != "transport_error"


def never_heard_of(begun: ToolCallIntended, instead_of: str) -> PersonNeededError:
    """A person has to look whether the act took effect, whatever else the run ended by."""
    return PersonNeededError(
        "uncertain_side_effect",
        f"{begun.tool} was begun and whether it took effect is not known; {instead_of}",
        proposed_action=f"check whether {begun.tool} took effect with {_readable(begun.arguments)}",
    )


def _uncertain(call: ToolCall, why: str) -> PersonNeededError:
    return PersonNeededError(
        "uncertain_side_effect",
        f"{call.name} was begun and whether it took effect is not known ({why}); it is not repeated",
        proposed_action=f"check whether {call.name} took effect with {_readable(call.arguments)}",
    )


def _outcome(end: ToolEnd, call: ToolCall) -> ToolOutcome:
    if isinstance(end, ToolCallSettled):
        return ToolOutcome(
            status=end.status,
            text=end.result or end.error_message or "",
            delivered=end.delivered,
            idempotent=call.idempotent,
        )
    assert isinstance(end, ToolCallRefused)
    return ToolOutcome(
        status="refused",
        text=f"refused ({end.rule}): {end.reason}",
        rule=end.rule,
        verdict=end.verdict,
        approval_id=end.approval_id,
    )


def _readable(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items())
