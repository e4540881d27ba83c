"""Watches one run by the standard: its tool calls, refusals and errors, and whether it gets anywhere.

It looks at nothing but what it is shown, so that a recorded run can be held against another standard by the
very code that watches runs at work.
"""

from collections.abc import Mapping
from typing import Any

from muster.gateway import approvals
from muster.gateway.policy import live_run, rate, schema
from muster.ledger.events import Effect
from muster.teams.errors import PersonNeededError
from muster.teams.loop_watch import LoopWatch
from muster.teams.loops import StepStatus
from muster.teams.manifest_model import EscalationRules
from muster.teams.standard import Standard

_NOT_COUNTED = (schema.RULE, rate.RULE, live_run.RULE, approvals.EXPIRED_RULE)
"""Refusals of form, of the moment, or because nobody answered: they do not say what the agent may not do."""


class RunWatch:
    """The counts of one run; one that is taken over is shown the recorded calls again."""

    def __init__(self, standard: Standard, given: str = "") -> None:
        """
        Args:
            given: the text of the task, whose items an agent may work through.
        """
        self._escalation = standard.escalation
        self._loops = LoopWatch(standard.loop, given)
        self._denials = 0
        self._errors = 0
        self.calls = 0
        """Tool calls asked for so far."""

    def begins(self, rules: EscalationRules) -> None:
        """An agent asks for its next tool call.

        Raises:
            PersonNeededError: the run has had all the calls the agent's rules allow.
        """
        self.calls += 1
        if self.calls > rules.tool_calls_over:
            raise PersonNeededError("too_many_tool_calls", f"more than {rules.tool_calls_over} tool calls")

    def saw(
        self,
        agent: str,
        tool: str,
        arguments: Mapping[str, Any],
        text: str,
        status: StepStatus,
        *,
        rule: str | None = None,
        held: bool = False,
        effect: Effect | None = None,
    ) -> None:
        """A call came to its end.

        Args:
            text: what the agent is given, also when that is an error or a refusal.
            rule: that refused it; null when none did.
            held: whether it was refused for want of a person's word.
            effect: what the tool does to the world; null when that is not known.

        Raises:
            PersonNeededError: a rule of the standard says that the run ends with this.
        """
        if status == "refused" and not held and rule not in _NOT_COUNTED:
            self._denials += 1
            if self._denials >= self._escalation.denials:
                raise PersonNeededError("policy_denied", text)
        self._errors = 0 if status == "ok" else self._errors + 1
        if status == "tool_error" and self._errors >= self._escalation.tool_errors:
            raise PersonNeededError("error_persists", f"{self._errors} tool errors in a row; last: {text}")
        reason = self._loops.saw(agent, tool, arguments, text, status, effect)
        if reason is not None:
            raise PersonNeededError("no_progress", reason)


def is_unsure(rules: EscalationRules, confidence: float | None) -> bool:
    """Whether an answer of that confidence is a person's matter; one without a confidence is not."""
    return confidence is not None and confidence < rules.confidence_below
