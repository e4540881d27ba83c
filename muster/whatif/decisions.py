"""The gateway's recorded decisions on agents' calls, as the facts its rules looked at."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from muster.gateway import approvals
from muster.gateway.amount import Price
from muster.gateway.caller import Caller
from muster.gateway.grants import CLIENTS
from muster.gateway.idempotency import with_key
from muster.gateway.policy import disclosure, live_run, provenance, rate
from muster.gateway.policy.autonomy_file import AutonomyRules
from muster.gateway.policy.case import Case
from muster.gateway.policy.files import Policy
from muster.gateway.policy.rate_limit import RateFull, RateLimit
from muster.gateway.policy.verdict import Outcome
from muster.gateway.provenance.tracing import Tracing
from muster.gateway.tool import PinnedTool
from muster.ledger.events import (
    ApprovalRequested,
    Commitment,
    RunStarted,
    ToolCallIntended,
    ToolCallRefused,
)
from muster.whatif.in_force import InForce
from muster.whatif.recorded import Recorded

_GATEWAY = "service:gateway"
"""Who looks prices up; no decision is made about that."""
_ANY_LIMIT = RateLimit(calls=1, per_seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision on one call."""

    entry: Recorded
    tool: str
    sent: Mapping[str, Any]
    """The arguments as they were to be sent on."""
    outcome: Outcome
    """Before any person's word."""
    rule: str | None
    """That refused or held it; null when it was allowed."""
    word: str | None
    """`approve`: it went out on a person's word; `reject`, `expire`: a person's no; null without a word."""
    held: Mapping[str, str]
    """By rule: why it asked for a person."""
    commits: Commitment | None
    """The money it commits, as recorded; null for refused calls, of which that is not kept."""
    origins: Mapping[str, str]
    calls_made: int
    """Tool calls of its run before it."""
    team_version: int | None
    """Null for outside clients, and where the run's beginning is not in the record."""

    @property
    def went_out(self) -> bool:
        """Whether the call was made."""
        return isinstance(self.entry.event, ToolCallIntended)

    @property
    def family(self) -> tuple[str | None, str]:
        """The run and the call, whichever attempt at it this is."""
        call_id: str = self.entry.event.call_id  # type: ignore[union-attr]  # both kinds of event have one
        return self.entry.run_id, call_id.partition("#")[0]


def decisions(events: Iterable[Recorded], in_force: InForce) -> Iterator[Decided]:
    """Every recorded decision of the gateway on a call of an agent or client, in order."""
    versions: dict[str, int] = {}
    requests: dict[str, ApprovalRequested] = {}
    by_call: dict[tuple[str | None, str | None, str], ApprovalRequested] = {}
    made: Counter[str | None] = Counter()
    for entry in events:
        match entry.event:
            case RunStarted(team_version=version) if entry.run_id is not None:
                versions[entry.run_id] = version
            case ApprovalRequested() as request:
                requests[request.approval_id] = request
                by_call[entry.run_id, entry.agent, request.call_sha256] = request
            case ToolCallIntended() as intended if entry.actor != _GATEWAY:
                began_with = versions.get(entry.run_id or "")
                yield _allowed(entry, intended, requests, made[entry.run_id], began_with)
                made[entry.run_id] += 1
            case ToolCallRefused() as refused:
                tool = in_force.tools(entry.seq).get(refused.tool)
                asked = by_call.get(
                    (entry.run_id, entry.agent, approvals.call_sha256(refused.tool, refused.arguments))
                )
                began_with = versions.get(entry.run_id or "")
                yield _refused(entry, refused, tool, asked, made[entry.run_id], began_with)
                made[entry.run_id] += 1
            case _:
                pass


def case_of(
    decided: Decided, policy: Policy, autonomy: AutonomyRules, in_force: InForce, commits: Commitment | None
) -> Case:
    """The facts of a recorded decision, without any person's word, for the rules to decide anew.

    What would need the systems as they were then (where values came from, rates, halts) is taken as recorded.

    Args:
        commits: the money it commits under `policy`.
    """
    entry = decided.entry
    team, agent = entry.team or "", entry.agent or ""
    version = decided.team_version
    client = in_force.client(agent, entry.at) if team == CLIENTS else None
    granted = None if version is None else in_force.grant(team, version, agent)
    tool = in_force.tools(entry.seq).get(decided.tool)
    return Case(
        policy=policy,
        autonomy=autonomy,
        caller=Caller(
            team=team,
            agent=agent,
            run_id=entry.run_id,
            task_id=entry.task_id,
            policy_revision=f"{team}@{version}",
            calls_made=decided.calls_made,
            halted_by=entry.who if decided.rule == live_run.RULE else None,
            client=team == CLIENTS,
            phase=in_force.phase(entry.who, entry.at) if client is None else client.phase,
        ),
        grant=client or granted,
        tool=tool,
        arguments=decided.sent,
        price=_price(tool, commits),
        rate_full=_rate_full(decided, policy),
        tracing=_tracing(decided, tool),
    )


def _price(tool: PinnedTool | None, commits: Commitment | None) -> Price | None:
    """What was looked up, where the tool's registration names a lookup."""
    if tool is None or tool.roles.price is None:
        return None
    if commits is None:
        return Price(None, frozenset(), "its price is not in the record")
    return Price(Decimal(commits.amount), frozenset(commits.payees))


def _rate_full(decided: Decided, policy: Policy) -> tuple[RateFull, ...]:
    if decided.rule != rate.RULE:
        return ()
    limits = [each for each in policy.limits.rates if each.holds_for(decided.entry.who, decided.tool)]
    limit = limits[0] if limits else _ANY_LIMIT
    return (RateFull(limit=limit, retry_after_seconds=1, frees_at=decided.entry.at),)


def _tracing(decided: Decided, tool: PinnedTool | None) -> Tracing | None:
    if tool is None or not tool.traced:
        return None
    told = {rule: (why,) for rule, why in decided.held.items()}
    return Tracing(
        origins=dict(decided.origins),
        held=told.get(provenance.RULE, ()),
        disclosure=told.get(disclosure.RULE, ()),
    )


def _allowed(
    entry: Recorded,
    intended: ToolCallIntended,
    requests: Mapping[str, ApprovalRequested],
    made: int,
    version: int | None,
) -> Decided:
    request = requests.get(intended.approval_id or "")
    approved = intended.approval_id is not None
    held = dict(zip(request.rules, request.reasons, strict=False)) if request is not None else {}
    return Decided(
        entry=entry,
        tool=intended.tool,
        sent=intended.arguments,
        outcome="needs_approval" if approved else "allow",
        rule=next(iter(held), None),
        word="approve" if approved else None,
        held=held,
        commits=intended.commits,
        origins=intended.origins,
        calls_made=made,
        team_version=version,
    )


def _refused(
    entry: Recorded,
    refused: ToolCallRefused,
    tool: PinnedTool | None,
    asked: ApprovalRequested | None,
    made: int,
    version: int | None,
) -> Decided:
    word = {approvals.RULE: "reject", approvals.EXPIRED_RULE: "expire"}.get(refused.rule)
    by_person = word is not None and asked is not None
    if by_person and asked is not None:
        held, rule = dict(zip(asked.rules, asked.reasons, strict=False)), asked.rules[0]
    else:
        held = dict(reason.split(": ", 1) for reason in refused.reasons if ": " in reason)
        if refused.verdict == "needs_approval":
            held = {refused.rule: refused.reason} | held
        rule = refused.rule
    return Decided(
        entry=entry,
        tool=refused.tool,
        sent=with_key(tool, refused.arguments, entry.run_id, refused.call_id),
        outcome="needs_approval" if by_person else refused.verdict,
        rule=rule,
        word=word,
        held=held,
        commits=None,
        origins={} if asked is None else asked.origins,
        calls_made=made,
        team_version=version,
    )
