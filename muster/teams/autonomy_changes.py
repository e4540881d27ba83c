"""Changes of phase: promoted on evidence, demoted for a breach, set by a person; each one is an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from muster.core.errors import CallerError
from muster.ledger.events import EventContext, Phase, PhaseChanged
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.teams.autonomy import breaches, missing_for_promotion, step_down, step_up
from muster.teams.autonomy_evidence import Evidence
from muster.teams.autonomy_rules import Rules
from muster.teams.autonomy_standing import (
    Cause,
    Standing,
    evidence_for,
    standing_of,
    standings,
    weighed,
)
from muster.teams.autonomy_tasks import TaskRecord, task_records

REVIEWER = "service:autonomy"
_TASKS_REVIEWED = 1_000
"""The team's latest ended tasks a review looks at: many windows of its busy agents, some of the others'."""


class NotPromotedError(CallerError):
    """The evidence does not promote the agent; `missing` says what is still needed."""

    def __init__(self, who: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"{who} is not promoted: {'; '.join(missing)}",
            do=f"see: muster phase evidence {who}; a person may decide otherwise: muster phase set",
        )
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of phase."""

    who: str
    previous: Phase
    phase: Phase
    cause: Cause
    reason: str


async def promote(ledger: PostgresLedger, who: str, rules: Rules, actor: str) -> Change:
    """The agent one phase further, because its evidence says so.

    Raises:
        NotPromotedError: the evidence does not, the manifest lets it go no further, or it is in core already.
        UnknownAgentError: no deployed team has the agent.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    standing, evidence = await evidence_for(ledger, who, rules.autonomy)
    further = step_up(standing.effective)
    if further is None:
        raise NotPromotedError(who, ["it is in the last phase already"])
    if standing.effective == standing.written:
        raise NotPromotedError(who, [f"its manifest lets it go no further than {standing.written}"])
    if missing := missing_for_promotion(evidence, rules.autonomy):
        raise NotPromotedError(who, missing)
    correct = evidence.correct
    reason = (
        f"{evidence.tasks} real tasks, {correct.right} of {correct.scored} scored outcomes right,"
        f" {evidence.error.tasks} error cases, {evidence.edge.tasks} edge cases"
    )
    change = Change(who, standing.effective, further, "evidence", reason)
    if not await _record(ledger, change, _payload(evidence, rules), actor, standing):
        raise NotPromotedError(who, ["its phase was changed a moment ago"])
    return change


async def review(ledger: PostgresLedger, rules: Rules) -> list[Change]:
    """The demotions that are due, made: one step for every agent whose latest real tasks show a breach.

    Raises:
        LedgerUnavailableError: the database is away; those demoted so far stay demoted.
    """
    made = []
    records: dict[str, list[TaskRecord]] = {}
    for standing in await standings(ledger, rules.autonomy.starts_in):
        back = step_down(standing.effective)
        if back is None:
            continue
        team = standing.who.partition("/")[0]
        if team not in records:
            records[team] = await task_records(ledger, team, _TASKS_REVIEWED)
        evidence = weighed(records[team], standing, rules.autonomy)
        found = breaches(evidence, rules.autonomy)
        if not found:
            continue
        change = Change(standing.who, standing.effective, back, "breach", "; ".join(found))
        if await _record(ledger, change, _payload(evidence, rules), REVIEWER, standing):
            made.append(change)
    return made


async def set_phase(
    ledger: PostgresLedger, who: str, phase: Phase, starts_in: Phase, *, reason: str, actor: str
) -> Change | None:
    """The agent in `phase` by a person's decision; None when it was granted that phase already.

    Raises:
        UnknownAgentError: no deployed team has the agent.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    standing = await standing_of(ledger, who, starts_in)
    if standing.decided and standing.granted == phase:
        return None
    change = Change(who, standing.granted, phase, "person", reason)
    await _record(ledger, change, {}, actor, None)
    return change


async def grant_as_written(
    ledger: PostgresLedger, starts_in: Phase, *, reason: str, actor: str
) -> list[Change]:
    """Every deployed agent in the phase its manifest names, by decision: for demonstrations and tests.

    Raises:
        LedgerUnavailableError: the database is away; those set so far stay set.
    """
    made = []
    for standing in await standings(ledger, starts_in):
        if not (standing.decided and standing.granted == standing.written):
            change = Change(standing.who, standing.granted, standing.written, "person", reason)
            await _record(ledger, change, {}, actor, None)
            made.append(change)
    return made


def _payload(evidence: Evidence, rules: Rules) -> dict[str, Any]:
    return evidence.as_payload(rules.standard, rules.autonomy.model_dump(mode="json"))


async def _record(
    ledger: PostgresLedger,
    change: Change,
    evidence: dict[str, Any],
    actor: str,
    judged: Standing | None,
) -> bool:
    """Write the change, state and event in one transaction.

    Gives False, and changes nothing, when the phase is no longer the one that was `judged`.
    """
    team, _, agent = change.who.partition("/")
    async with ledger.transaction() as transaction:
        execute = transaction.connection.execute
        await execute(load("muster.teams", "autonomy_lock"), {"agent": change.who})
        if judged is not None:
            cursor = await execute(load("muster.teams", "autonomy_phase_of"), {"agent": change.who})
            now = await cursor.fetchone()
            if (now["since"] if now else None) != judged.since:
                return False
        values = {
            "agent": change.who,
            "phase": change.phase,
            "cause": change.cause,
            "reason": change.reason,
            "evidence": Jsonb(evidence),
            "now": transaction.now,
        }
        await execute(load("muster.teams", "autonomy_put_phase"), values)
        changed = PhaseChanged(
            who=change.who,
            phase=change.phase,
            previous=change.previous,
            cause=change.cause,
            reason=change.reason,
            evidence=evidence,
        )
        await transaction.append(changed, EventContext(actor=actor, team=team, agent=agent))
    return True
