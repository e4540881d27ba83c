"""Cases a policy must decide, kept beside it and judged without a database or any system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from muster.gateway.amount import Price
from muster.gateway.caller import Caller, Grant, Tier
from muster.gateway.errors import RegistrationError
from muster.gateway.policy.case import Case
from muster.gateway.policy.chain import Decision, decide
from muster.gateway.policy.files import Policy
from muster.gateway.policy.section import read_section
from muster.gateway.policy.verdict import Outcome
from muster.gateway.provenance.call import UNEXPLAINED
from muster.gateway.provenance.history import CallMade, History, TaskGiven, Tracing
from muster.gateway.registration import Registration
from muster.gateway.tool import PinnedTool
from muster.ledger.events import Channel, Phase

_NAME = r"^[a-z0-9-]+__[A-Za-z0-9_.-]+$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class GivenTask(_Strict):
    """The task of a case."""

    source: str = "mail:inbox"
    """The channel's own name, such as `mail:support@example.com`."""
    channel: Channel = "mail"
    sender: str | None = None
    subject: str = ""
    text: str = ""
    attachments: tuple[str, ...] = ()


class GivenCall(_Strict):
    """A call the run made before, and what it was answered."""

    tool: str = Field(pattern=_NAME)
    arguments: dict[str, Any] = {}
    answer: Any = None
    """As data, or as the text the system would send."""
    approved: bool = False
    """Whether a person approved it."""


class GivenGrant(_Strict):
    """Rights, for an agent no team has."""

    tier: Tier = "reconciliation"
    phase: Phase = "core"
    tools: tuple[str, ...] = ()
    """None named: the tool that is called."""


class GivenPrice(_Strict):
    """What a price lookup would find."""

    amount: Decimal
    payees: tuple[str, ...] = ()


class PolicyCase(_Strict):
    """One call, what went before it, and what must be decided."""

    case: str
    """What it shows, in a few words."""
    agent: str = Field(pattern=r"^[^/]+/[^/]+$")
    """`team/agent`."""
    grant: GivenGrant | None = None
    """Instead of what the agent's manifest grants."""
    task: GivenTask | None = None
    before: tuple[GivenCall, ...] = ()
    call: str = Field(pattern=_NAME)
    arguments: dict[str, Any] = {}
    payee_today: Decimal = Decimal(0)
    """What the same payee got today already."""
    agent_today: Decimal = Decimal(0)
    """What the agent committed today already without a person."""
    price: GivenPrice | None = None
    approved: bool = False
    """Whether a person's word for this very call is in hand."""
    expect: Outcome
    rule: str | None = None
    """The rule that must decide; null: any."""
    unexplained: tuple[str, ...] = ()
    """The arguments nobody vouches for, all of them and no other; empty: not looked at."""
    origins: dict[str, str] = {}
    """By argument, how its origin begins, such as `row shop__get_order` or `rule own-order`."""


class CaseTable(_Strict):
    """The cases of one file."""

    cases: tuple[PolicyCase, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What was decided about a case."""

    case: PolicyCase
    decision: Decision
    tracing: Tracing | None

    @property
    def right(self) -> bool:
        """Whether it was decided as the case says."""
        return not self.problems

    @property
    def problems(self) -> list[str]:
        """What is otherwise than the case says."""
        verdict, case = self.decision.verdict, self.case
        found = []
        if verdict.outcome != case.expect:
            found.append(f"it should be {case.expect}; {verdict.reason}")
        rules = {step.rule for step in self.decision.held} | {verdict.rule}
        if case.rule is not None and case.rule not in rules:
            found.append(f"{case.rule} should decide; {verdict.rule} does: {verdict.reason}")
        origins = {} if self.tracing is None else self.tracing.origins
        unexplained = {name for name, origin in origins.items() if origin == UNEXPLAINED}
        if case.unexplained and unexplained != set(case.unexplained):
            found.append(f"nobody vouches for {', '.join(sorted(unexplained)) or 'nothing'}")
        for argument, beginning in case.origins.items():
            origin = origins.get(argument, "not given")
            if not origin.startswith(beginning):
                found.append(f"{argument} should be from {beginning}; it is from {origin}")
        return found


def load_cases(path: Path) -> tuple[PolicyCase, ...]:
    """The cases of the file at `path`.

    Raises:
        PolicyFileError: it cannot be read, is no YAML or says something a case cannot say.
    """
    return read_section(path, CaseTable).cases


def judged_case(
    case: PolicyCase,
    policy: Policy,
    registration: Registration,
    grants: Mapping[str, Grant],
) -> CaseResult:
    """What the policy decides about the case; its arguments are taken to fit the tool's schema.

    Args:
        grants: by `team/agent`.

    Raises:
        RegistrationError: a tool of the case is not registered.
    """
    team, _, agent = case.agent.partition("/")
    tool = _tool(case.call, registration, case.arguments)
    tracing = _tracing(case, policy, registration, tool) if tool.traced else None
    price = None if case.price is None else Price(case.price.amount, frozenset(case.price.payees))
    caller = Caller(
        team=team, agent=agent, run_id="run", task_id="task", policy_revision=f"{team}@0", phase="core"
    )
    about = Case(
        policy=policy,
        autonomy=policy.autonomy.current(),
        caller=caller,
        grant=_grant(case, grants),
        tool=tool,
        arguments=case.arguments,
        exposure_today=case.payee_today,
        agent_exposure_today=case.agent_today,
        price=price,
        tracing=tracing,
        approval_id="the approval" if case.approved else None,
    )
    return CaseResult(case, decide(about), tracing)


def _grant(case: PolicyCase, grants: Mapping[str, Grant]) -> Grant | None:
    given = case.grant
    if given is None:
        return grants.get(case.agent)
    return Grant(tier=given.tier, phase=given.phase, tools=frozenset(given.tools or (case.call,)))


def _tracing(case: PolicyCase, policy: Policy, registration: Registration, tool: PinnedTool) -> Tracing:
    team, _, agent = case.agent.partition("/")
    task = None if case.task is None else TaskGiven(**dict(case.task))

    def roles_of(name: str) -> Any:
        server, _, upstream = name.partition("__")
        return registration.of(server, upstream)

    history = History(task, policy.provenance, team, agent, roles_of)
    for place, call in enumerate(case.before, start=1):
        made = CallMade(
            call_id=str(place),
            tool=call.tool,
            arguments=call.arguments,
            answer=call.answer,
            explained=call.approved,
        )
        roles = roles_of(call.tool)
        history.saw(replace(made, effect=roles.effect) if roles is not None else made)
    return history.tracing_of(tool, case.arguments, agent=agent)


def _tool(name: str, registration: Registration, arguments: Mapping[str, Any]) -> PinnedTool:
    server, _, upstream = name.partition("__")
    registered = registration.of(server, upstream)
    if registered is None:
        raise RegistrationError(
            f"nobody registered {name}", do=f"register {upstream} of {server} in tools.yaml"
        )
    anything: dict[str, Any] = {"type": "object", "properties": {argument: {} for argument in arguments}}
    definition = {"name": upstream, "inputSchema": anything}
    return PinnedTool(server, upstream, definition, registered.effect, registered)


def wrong_ones(results: Sequence[CaseResult]) -> list[CaseResult]:
    """Those that were decided otherwise than they say."""
    return [result for result in results if not result.right]
