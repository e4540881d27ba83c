"""Messages become tasks, once each, in the transaction that records it."""

from dataclasses import dataclass

from psycopg.types.json import Jsonb

from muster.core.canonical import sha256_hex
from muster.intake.message import IncomingMessage
from muster.intake.routing import Route, RoutingTable
from muster.ledger.events import EventContext, Priority, TaskDuplicated, TaskQueued
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load

_ENQUEUE = load("muster.intake", "enqueue_task")
_KNOWN = load("muster.intake", "known_task")

RANKS: dict[Priority, int] = {"high": 0, "medium": 1, "low": 2}
"""Priorities as the queue orders them."""

PRIORITIES: dict[int, Priority] = {rank: priority for priority, rank in RANKS.items()}

_ID_CHARS = 300
"""Longer names of senders are kept as their hash; an index entry has to hold them."""


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What became of a message."""

    task_id: str
    """The task it became, or the one it became when it first came."""
    duplicate: bool
    team: str
    route: Route


async def enqueue(
    ledger: PostgresLedger,
    message: IncomingMessage,
    *,
    team: str | None = None,
    actor: str = "service:intake",
) -> Enqueued:
    """The message's task, queued now or known before; the ledger says which.

    Args:
        team: the team a person chose for it; otherwise the deployed manifests decide.
        actor: who put it there.

    Raises:
        NoRouteError: no deployed team takes it; nothing was written.
        LedgerUnavailableError: the database is away; nothing was written.
    """
    async with ledger.transaction() as transaction:
        return await enqueue_within(ledger, transaction, message, team=team, actor=actor)


async def enqueue_within(
    ledger: PostgresLedger,
    transaction: LedgerTransaction,
    message: IncomingMessage,
    *,
    team: str | None = None,
    actor: str = "service:intake",
) -> Enqueued:
    """The same as `enqueue`, in a transaction that is open already.

    Raises:
        NoRouteError: no deployed team takes it; nothing was written.
    """
    table = await RoutingTable.load(transaction.connection)
    if team is not None:
        route = table.to_team(message.channel, team)
    else:
        route = table.find(message.channel, message.destinations)
        message = message.taken_at(route.destination)
    keys = {"source": _short(message.source), "external_id": _short(message.external_id)}
    task_id = ledger.ids.new("tsk")
    content = message.content.as_json()
    values = {
        **keys,
        "task_id": task_id,
        "team": route.team,
        "channel": message.channel,
        "priority": RANKS[message.priority],
        "title": message.title,
        "content": Jsonb(content),
        "transaction_type": message.transaction_type,
        "now": transaction.now,
    }
    inserted = await (await transaction.connection.execute(_ENQUEUE, values)).fetchone()
    if inserted is None:
        return await _duplicate(transaction, message, keys, route, actor)
    queued = TaskQueued(
        **keys,
        channel=message.channel,
        priority=message.priority,
        title=message.title,
        transaction_type=message.transaction_type,
        sender=message.sender,
        content_sha256=message.content.sha256(),
        content=content,
    )
    await transaction.append(queued, EventContext(actor=actor, task_id=task_id, team=route.team))
    return Enqueued(task_id, duplicate=False, team=route.team, route=route)


async def _duplicate(
    transaction: LedgerTransaction, message: IncomingMessage, keys: dict[str, str], route: Route, actor: str
) -> Enqueued:
    known = await (await transaction.connection.execute(_KNOWN, keys)).fetchone()
    if known is None:
        raise AssertionError("a task that stood in the way is not there; tasks are never deleted")
    where = EventContext(actor=actor, task_id=known["task_id"], team=known["team"])
    await transaction.append(TaskDuplicated(**keys, channel=message.channel), where)
    return Enqueued(known["task_id"], duplicate=True, team=known["team"], route=route)


def _short(name: str) -> str:
    return name if len(name) <= _ID_CHARS else f"sha256:{sha256_hex(name.encode())}"
