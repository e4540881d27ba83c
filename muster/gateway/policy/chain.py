"""The decision: every rule in order; one that denies decides, else those that hold; the default is deny."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from muster.gateway.policy import (
    call_limit,
    disclosure,
    grant,
    live_run,
    money_band,
    phase,
    provenance,
    rate,
    schema,
    sensitive,
    tier,
)
from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Outcome, Verdict

Rule = Callable[[Case], Verdict]

CHAIN: tuple[Rule, ...] = (
    live_run.check,
    grant.check,
    schema.check,
    tier.check,
    rate.check,
    call_limit.check,
    provenance.check,
    disclosure.check,
    money_band.check,
    sensitive.check,
    phase.check,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and every step on the way."""

    steps: tuple[Verdict, ...]

    @property
    def verdict(self) -> Verdict:
        """The step that decided; a chain that says nothing denies."""
        if not self.steps:
            return Verdict("deny", "default", "no rule allows it")
        if self.steps[-1].outcome == "deny":
            return self.steps[-1]
        return self.held[0] if self.held else self.steps[-1]

    @property
    def outcome(self) -> Outcome:
        """Allow only when every rule allowed."""
        return self.verdict.outcome

    @property
    def held(self) -> tuple[Verdict, ...]:
        """Every step that asks for a person."""
        return tuple(step for step in self.steps if step.outcome == "needs_approval")

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that were asked, in order."""
        return tuple(step.rule for step in self.steps)


def decide(case: Case, chain: tuple[Rule, ...] = CHAIN) -> Decision:
    """Ask the rules in order until one denies; the same chain serves listing and calling.

    A person's word in hand lets through what would wait for one, never what is denied.
    """
    steps: list[Verdict] = []
    for rule in chain:
        verdict = rule(case)
        if verdict.outcome == "needs_approval" and case.approval_id is not None:
            word = f"{verdict.reason}; {case.approval_id} allows it"
            verdict = replace(verdict, outcome="allow", reason=word)
        steps.append(verdict)
        if verdict.outcome == "deny":
            break
    return Decision(tuple(steps))
