"""A person's word on one call: asked for when a rule holds it, found when it comes again, then spent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from psycopg.types.json import Jsonb

from muster.core.canonical import canonical_json, sha256_hex
from muster.core.money import usd
from muster.gateway.caller import Caller
from muster.gateway.plain import clean
from muster.gateway.policy.verdict import Verdict
from muster.gateway.tool import PinnedTool
from muster.ledger.events import ApprovalRequested, ApprovalUsed, EventContext
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

RULE: Final = "approval"
"""A person said no."""
EXPIRED_RULE: Final = "approval_expired"
"""Nobody said anything in time."""

_USABLE_AFTERWARDS = timedelta(hours=1)
"""A word given in the last moment is of use all the same: the run that waited has to come back first."""
_LONGEST_VALUE = 80
_TOO_MUCH = Decimal(10) ** 12

Status = Literal["open", "approved", "rejected", "expired", "used"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A call that was put before a person, and what became of it."""

    approval_id: str
    call_id: str
    """The call that was held; once the word is used, the attempt that used it."""
    call_sha256: str
    task_id: str | None
    run_id: str | None
    team: str
    agent: str
    tool: str
    arguments: Mapping[str, Any]
    origins: Mapping[str, str]
    """Where the value of each argument comes from; empty where nobody looked."""
    rules: Sequence[str]
    """The rules that held it."""
    reasons: Sequence[str]
    """Why, each rule in its own words."""
    summary: str
    amount: Decimal | None
    """What it would move, in `currency`; null when it moves no money."""
    currency: str | None
    status: Status
    requested_at: datetime
    expires_at: datetime | None
    """Without a word by then it is a no; null when it waits for good."""
    decided_at: datetime | None
    decided_by: str | None
    """`person:jo`; null while nobody decided."""
    note: str | None
    used_at: datetime | None


def call_sha256(tool: str, arguments: Mapping[str, Any]) -> str:
    """What a person's word is bound to: SHA-256 of the canonical JSON `[tool, arguments]`.

    Args:
        arguments: as the caller sent them; a key the gateway fills in belongs to the attempt, not to the act.
    """
    return sha256_hex(canonical_json([tool, dict(arguments)]))


async def ask(
    transaction: LedgerTransaction,
    ledger: PostgresLedger,
    *,
    caller: Caller,
    tool: PinnedTool,
    call_id: str,
    arguments: Mapping[str, Any],
    call_sha256: str,
    rules: Sequence[str],
    reasons: Sequence[str],
    amount: Decimal | None,
    expires_in: timedelta,
    currency: str | None = None,
    origins: Mapping[str, str] | None = None,
) -> str:
    """The id of the open approval for this call, asked for now unless the run asked before.

    Args:
        amount: what it would move, in `currency`; null when it moves no money. One of a million millions and
            more is not kept: the arguments say it.
        origins: where the value of each argument comes from, for the person.

    Raises:
        EventRefusedError: a text cannot be stored.
        LedgerUnavailableError: the database is away; nothing was asked.
    """
    execute, now = transaction.connection.execute, transaction.now
    bound = {
        "run_id": caller.run_id,
        "team": caller.team,
        "agent": caller.agent,
        "call_sha256": call_sha256,
    }
    lock = {"call": "/".join((caller.team, caller.agent, call_sha256))}
    await execute(load("muster.gateway", "lock_approval"), lock)
    cursor = await execute(load("muster.gateway", "open_approval"), {**bound, "now": now})
    if (known := await cursor.fetchone()) is not None:
        return str(known["approval_id"])
    amount = None if amount is None or abs(amount) >= _TOO_MUCH else usd(amount)
    requested = ApprovalRequested(
        approval_id=ledger.ids.new("apr"),
        call_id=call_id,
        tool=tool.name,
        arguments=dict(arguments),
        arguments_sha256=sha256_hex(canonical_json(dict(arguments))),
        call_sha256=call_sha256,
        rules=tuple(rules),
        reasons=tuple(clean(reason) for reason in reasons),
        summary=_summary(tool.name, arguments),
        amount=None if amount is None else str(amount),
        currency=currency,
        origins={name: clean(origin) for name, origin in (origins or {}).items()},
        expires_at=now + expires_in,
    )
    await transaction.append(requested, caller.where)  # first, for it says which text cannot be stored
    await execute(
        load("muster.gateway", "insert_approval"),
        {
            **bound,
            "approval_id": requested.approval_id,
            "call_id": call_id,
            "task_id": caller.task_id,
            "tool": requested.tool,
            "arguments": Jsonb(requested.arguments),
            "origins": Jsonb(requested.origins),
            "rules": list(requested.rules),
            "reasons": list(requested.reasons),
            "summary": requested.summary,
            "amount": amount,
            "currency": currency,
            "now": now,
            "expires_at": requested.expires_at,
        },
    )
    return requested.approval_id


async def standing(
    ledger: PostgresLedger, run_id: str | None, agent: str, call_sha256: str, *, team: str | None = None
) -> Approval | None:
    """The newest approval of this very call of the agent in this run; null when there was none.

    One that was not decided or not used in time stands as `expired`, whatever is noted by now.

    Args:
        team: of the agent; that of an outside client is found whichever of its tokens asked.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    parameters = {
        "run_id": run_id,
        "agent": agent,
        "team": team,
        "call_sha256": call_sha256,
        "now": ledger.clock.now(),
        "grace": _USABLE_AFTERWARDS,
    }
    rows = await ledger.fetch(load("muster.gateway", "standing_approval"), parameters)
    return Approval(**rows[0]) if rows else None


async def use(
    transaction: LedgerTransaction,
    approval_id: str,
    call_id: str,
    *,
    where: EventContext | None = None,
    idempotent: bool = False,
) -> bool:
    """Whether the call may be made on this approval, which is spent by it; to be asked with the intent.

    Of two who ask at once one is told no. Another attempt at the call that spent it is let through in the
    same run when it is `idempotent`: for the system that is the same act.

    Args:
        where: who makes the call; null: who asked.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    execute = transaction.connection.execute
    values = {"approval_id": approval_id, "now": transaction.now, "grace": _USABLE_AFTERWARDS}
    approval = await (await execute(load("muster.gateway", "hold_approval"), values)).fetchone()
    if approval is None:
        return False
    where = where or _asker(approval)
    if approval["used"]:
        by = {"approval_id": approval_id, "run_id": where.run_id}
        spent = await (await execute(load("muster.gateway", "approval_used_by"), by)).fetchone()
        return idempotent and spent is not None and _act(spent["call_id"]) == _act(call_id)
    if not approval["holds"]:
        return False
    await execute(load("muster.gateway", "use_approval"), {**values, "call_id": call_id})
    await transaction.append(ApprovalUsed(approval_id=approval_id, call_id=call_id), where)
    return True


def refusal_of(approval: Approval) -> Verdict | None:
    """Why the call is denied; null while it is not: the word is open, given, or spent on another call."""
    match approval.status:
        case "rejected":
            who = (approval.decided_by or "a person").removeprefix("person:")
            note = f": {approval.note}" if approval.note else ""
            return Verdict("deny", RULE, f"rejected by {who}{note}")
        case "expired":
            return Verdict("deny", EXPIRED_RULE, f"nobody approved {approval.tool} in time")
        case _:
            return None


def _asker(approval: Mapping[str, Any]) -> EventContext:
    return EventContext(
        actor=f"agent:{approval['team']}/{approval['agent']}",
        task_id=approval["task_id"],
        run_id=approval["run_id"],
        team=approval["team"],
        agent=approval["agent"],
    )


def _act(call_id: str) -> str:
    """The call, whichever attempt at it the id names."""
    return call_id.partition("#")[0]


def _summary(tool: str, arguments: Mapping[str, Any]) -> str:
    """What would happen, in one line."""
    told = ", ".join(f"{name}={_short(value)}" for name, value in arguments.items())
    return clean(f"{tool} with {told}" if told else tool)


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
