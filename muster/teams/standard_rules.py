"""The sections of the standard: retrying, asking a person, limits, loops, deadlines, autonomy."""

import random
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from muster.ledger.events import Effect
from muster.teams.manifest_model import Phase

ErrorClass = Literal[
    "overload",
    "rate_limit",
    "network",
    "timeout",
    "server_error",
    "tool_away",
    "tool_error",
    "invalid_arguments",
    "unknown_tool",
    "refusal",
    "truncated",
    "broken_json",
    "empty_answer",
    "oversized_answer",
]
"""What can go wrong with a model call, its answer or a tool call."""

ERROR_CLASSES: tuple[ErrorClass, ...] = get_args(ErrorClass)

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=3_600)]
Hours = Annotated[float, Field(gt=0, le=24 * 30)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Times = Annotated[int, Field(ge=2, le=100)]

_LONGEST_DOUBLING = 30


class Section(BaseModel):
    """A part of the standard; what is not a rule of it is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RetryRule(Section):
    """How often something is tried, how long it waits in between, and what comes after the last try."""

    attempts: int = Field(ge=1, le=100)
    """Tries in all, the first included."""
    first_delay_seconds: Seconds = 0
    """Seconds before the second try; doubled after each try."""
    longest_delay_seconds: Seconds = 0
    """Seconds a wait may last at most, whatever a server asks for."""
    jitter: Share = 0.5
    """The share of a wait that is random (0 to 1), so that many workers do not come back at once."""
    then: Literal["escalate", "stand_by", "fallback"] = "escalate"
    """After the last try: `escalate` gives the task to a person; `stand_by` puts it back into the queue until
    what is away is there again; `fallback` asks the role's fallback model by the same rule, and a person when
    there is none or it fails too."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first_delay_seconds > self.longest_delay_seconds:
            raise ValueError(
                f"first_delay_seconds {self.first_delay_seconds:g} is more than"
                f" longest_delay_seconds {self.longest_delay_seconds:g}"
            )
        return self

    def delay_seconds(self, failures: int, asked_for: float | None, chance: random.Random) -> float:
        """The wait in seconds after the `failures`-th failure.

        Args:
            failures: from 1.
            asked_for: the server's retry-after in seconds, honoured up to `longest_delay_seconds`.
            chance: decides the random part.
        """
        if asked_for is not None:
            spread = chance.uniform(0, self.jitter * self.first_delay_seconds)
            return min(max(asked_for, 0.0) + spread, self.longest_delay_seconds)
        doublings = min(failures - 1, _LONGEST_DOUBLING)
        ceiling = min(self.longest_delay_seconds, self.first_delay_seconds * 2.0**doublings)
        return ceiling - chance.uniform(0, self.jitter * ceiling)


class EscalationFloor(Section):
    """When a person is asked; an agent's manifest may ask sooner, never later."""

    confidence_below: Share = 0.80
    """An answer less sure than this (0 to 1) goes to a person, where the agent's manifest says nothing."""
    confidence_floor: Share = 0.5
    """The lowest `confidence_below` a manifest may set."""
    tool_calls_over: Count = 20
    """Tool calls of a run after which a person is asked; a manifest may set fewer."""
    customer_asks: bool = True
    """A customer who asks for a person gets one; no manifest may switch this off while it is true."""
    denials: Count = 2
    """Refusals by policy in a run before a person is asked."""
    tool_errors: Count = 3
    """Tool errors in a row in a run before a person is asked."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.confidence_below < self.confidence_floor:
            raise ValueError("confidence_below is less than confidence_floor")
        return self


class Limits(Section):
    """How much a task may take; a manifest may set less where it has the field."""

    task_attempts: Count = 5
    """Workers that may try a task before a person is asked."""
    task_time_limit_seconds: Count = 3_600
    """Seconds a task may be worked; the most a manifest may set."""
    model_calls_per_task: Count = 30
    """Model calls of one agent for a task; the most a manifest may set."""
    handoffs: Count = 4
    """Hand-offs in a run before it counts as going in circles."""
    visits_per_agent: Count = 2
    """Times one agent may have the work in a run; this ends a circle of hand-offs."""
    delegation_depth: int = Field(default=1, ge=0, le=8)
    """Delegations below one another; 0 lets nobody delegate."""
    delegations_per_turn: Count = 4
    """Questions an agent may put to colleagues in one turn."""
    answer_characters: int = Field(default=100_000, ge=100)
    """Characters of a model's answer; a longer one is an `oversized_answer`."""
    facts: Count = 50
    """Facts a run's fact list may hold."""
    fact_characters: Count = 2_000
    """Characters of one fact's value."""


class LoopRules(Section):
    """When a run that goes on without getting anywhere is stopped.

    News is a result the agent has not had from that tool in the run, an act it has not done yet, or the next
    of a list it was given. A call that answers something else each time, as a clock does, is news twice.
    """

    same_call: Times = 3
    """Times the very same call may bring the very same result, with no news in between."""
    same_result: Times = 6
    """Times a tool may give the very same result, whatever it is asked, with no news in between."""
    cycle: Times = 3
    """Rounds of the same circle of tools that fail alike in each round and change nothing."""
    errors_in_a_row: Times = 5
    """Tool calls in a row that may end in an error or a refusal."""
    no_new_results: Times = 8
    """Tool calls in a row that may bring no news."""


class AnswerWithin(Section):
    """Hours in which a person should have answered an escalation, by the task's priority."""

    high_hours: Hours = 2
    medium_hours: Hours = 8
    low_hours: Hours = 24

    def hours(self, priority: str) -> float:
        """The hours for a task of that priority; those of medium for a priority there is no rule for."""
        return {"high": self.high_hours, "low": self.low_hours}.get(priority, self.medium_hours)


class ApprovalRules(Section):
    """How long a call that was held back waits for a person's word."""

    expires_in_hours: Hours = 24
    """After this time without a word it is a no, and the task comes to people as an escalation."""


class Autonomy(Section):
    """What an agent must have shown before it may do more alone, and what takes that away."""

    starts_in: Phase = "co-pilot"
    """The phase of an agent nobody has promoted."""
    tasks_for_promotion: Count = 100
    """Real tasks an agent must have ended in its phase; rehearsal does not count."""
    correct_at_least: Share = 0.95
    """Share of them that must have been right."""
    error_cases_at_least: int = Field(default=5, ge=0)
    """Of them, tasks in which something went wrong and the agent went on by the standard."""
    edge_cases_at_least: int = Field(default=5, ge=0)
    """Of them, tasks at the edge of what the agent is for."""
    edge_effects: tuple[Effect, ...] = ("read", "write")
    """Effects an agent in the phase edge has alone; others wait for approval."""
    breach_window: Count = 100
    """The last scored tasks a breach is looked for in."""
    breach_correct_below: Share = 0.90
    """An agent with a smaller share of right ones in the window is demoted."""
    breach_denials: Count = 3
    """Refusals by policy in the window that demote."""
    breach_uncertain: Count = 1
    """Side effects of unknown outcome in the window that demote."""
