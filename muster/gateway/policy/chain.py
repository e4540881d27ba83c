"""The decision: every rule in order, the first that does not allow decides; the default is to deny."""

from collections.abc import Callable
from dataclasses import dataclass

from muster.gateway.policy import call_limit, grant, live_run, money_band, phase, schema, sensitive, tier
from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Outcome, Verdict

Rule = Callable[[Case], Verdict]

CHAIN: tuple[Rule, ...] = (
    live_run.check,
    grant.check,
    schema.check,
    tier.check,
    call_limit.check,
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
        return self.steps[-1] if self.steps else Verdict("deny", "default", "no rule allows it")

    @property
    def outcome(self) -> Outcome:
        """Allow only when every rule allowed."""
        return self.verdict.outcome

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that were asked, in order."""
        return tuple(step.rule for step in self.steps)


def decide(case: Case, chain: tuple[Rule, ...] = CHAIN) -> Decision:
    """Ask the rules in order until one does not allow; the same chain serves listing and calling."""
    steps: list[Verdict] = []
    for rule in chain:
        steps.append(rule(case))
        if steps[-1].outcome != "allow":
            break
    return Decision(tuple(steps))
