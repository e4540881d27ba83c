"""Makes an agent's tool calls by the standard, and never makes one twice."""

from collections import Counter
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.client import ToolOutcome
from muster.ledger.events import ToolCallRefused, ToolCallSettled
from muster.teams.errors import PersonNeededError
from muster.teams.journal import Journal, ToolEnd
from muster.teams.manifest_model import EscalationRules
from muster.teams.standard import Standard
from muster.teams.tools import ToolSession


class Acting:
    """Tool calls of one run."""

    def __init__(self, journal: Journal, standard: Standard) -> None:
        self._journal = journal
        self._standard = standard
        self._same: Counter[str] = Counter()
        self._denials = 0
        self.calls = 0
        self.tried: list[str] = []

    async def act(
        self,
        session: ToolSession,
        rules: EscalationRules,
        call_id: str,
        name: str,
        arguments: dict[str, Any],
    ) -> tuple[str, bool]:
        """What the agent is told about its call, and whether that is bad news.

        Raises:
            PersonNeededError: a rule says the run must stop here.
            LedgerUnavailableError: the record cannot be written.
        """
        self._count(rules, name, arguments)
        end = self._journal.tool_ends.get(call_id)
        outcome = _recorded(end) if end else await self._call(session, call_id, name, arguments)
        self.tried.append(f"{name}: {outcome.status}")
        if outcome.status == "refused":
            self._refused(outcome, name, arguments)
        if outcome.status == "transport_error":
            raise PersonNeededError("error_persists", f"{name} cannot be reached: {outcome.text}")
        return outcome.text, outcome.status != "ok"

    def _count(self, rules: EscalationRules, name: str, arguments: dict[str, Any]) -> None:
        self.calls += 1
        if self.calls > rules.tool_calls_over:
            raise PersonNeededError("too_many_tool_calls", f"more than {rules.tool_calls_over} tool calls")
        fingerprint = sha256_hex(canonical_json([name, arguments]))
        self._same[fingerprint] += 1
        if self._same[fingerprint] >= self._standard.same_call:
            raise PersonNeededError(
                "no_progress", f"{name} was called {self._same[fingerprint]} times with the same arguments"
            )

    async def _call(
        self, session: ToolSession, call_id: str, name: str, arguments: dict[str, Any]
    ) -> ToolOutcome:
        begun = self._journal.open_tools.get(call_id)
        if begun is not None and begun.effect != "read":
            raise PersonNeededError(
                "uncertain_side_effect",
                f"{name} was begun and its outcome is unknown; it is not repeated",
                proposed_action=f"check whether {name} took effect with {arguments}",
            )
        return await session.call(name, arguments, call_id=call_id)

    def _refused(self, outcome: ToolOutcome, name: str, arguments: dict[str, Any]) -> None:
        if outcome.verdict == "needs_approval":
            raise PersonNeededError(
                "needs_approval", outcome.text, proposed_action=f"{name} with {_readable(arguments)}"
            )
        self._denials += 1
        if self._denials >= self._standard.denials:
            raise PersonNeededError("policy_denied", outcome.text)


def _recorded(end: ToolEnd) -> ToolOutcome:
    if isinstance(end, ToolCallSettled):
        return ToolOutcome(status=end.status, text=end.result or end.error_message or "")
    assert isinstance(end, ToolCallRefused)
    return ToolOutcome(
        status="refused", text=f"refused ({end.rule}): {end.reason}", rule=end.rule, verdict=end.verdict
    )


def _readable(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items())
