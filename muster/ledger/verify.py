"""Checks the record: bodies against columns, the chain of every run, the checksum of every sealed day."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.record import timestamp
from muster.ledger.seal import DaySum
from muster.ledger.sql import load

_BATCH = 5_000
_SHOWN_PROBLEMS = 20
_COPIED = ("event_id", "kind", "task_id", "run_id", "team", "agent", "actor", "model_source")


@dataclass
class Verdict:
    """What checking the record found."""

    events: int = 0
    runs: int = 0
    sealed_days: int = 0
    open_intents: int = 0
    """Begun and not yet settled; work in progress, or something recovery has to look at."""
    problems: list[str] = field(default_factory=list)
    """The first 20, each naming the event and what is wrong with it."""

    def sentence(self) -> str:
        """The verdict in one line."""
        found = "the record is whole" if not self.problems else "THE RECORD IS NOT WHOLE"
        return (
            f"{found}: {self.events} events, {self.runs} chained runs, {self.sealed_days} sealed days, "
            f"{self.open_intents} open intents"
        )

    def add(self, problem: str) -> None:
        """Remember a problem, up to the number that is shown."""
        if len(self.problems) < _SHOWN_PROBLEMS:
            self.problems.append(problem)


async def verify_ledger(ledger: PostgresLedger) -> Verdict:
    """Check the whole record as it stands at one moment.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    verdict = Verdict()
    heads: dict[str, tuple[int, bytes]] = {}
    days: dict[date, DaySum] = {}
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(load("muster.ledger", "snapshot"))
        async for event in _events(transaction):
            verdict.events += 1
            _check_body(event, verdict)
            _check_chain(event, heads, verdict)
            days.setdefault(event["day"], DaySum()).add(event["seq"], event["body"])
        verdict.runs = len(heads)
        await _check_heads(transaction, heads, verdict)
        await _check_seals(transaction, days, verdict)
        rows = await _all(transaction, "count_open_intents")
        verdict.open_intents = rows[0]["open_intents"]
    return verdict


async def _events(transaction: LedgerTransaction) -> AsyncIterator[dict[str, Any]]:
    async with transaction.connection.cursor("verify") as cursor:
        cursor.itersize = _BATCH
        await cursor.execute(load("muster.ledger", "events_in_order"))
        async for row in cursor:
            yield row


def _check_body(event: dict[str, Any], verdict: Verdict) -> None:
    try:
        body = orjson.loads(event["body"])
    except orjson.JSONDecodeError:
        verdict.add(f"event {event['seq']} ({event['event_id']}): its body is not JSON")
        return
    wrong = [name for name in _COPIED if body.get(name) != event[name]]
    if body.get("happened_at") != timestamp(event["happened_at"]):
        wrong.append("happened_at")
    if body.get("cost_usd") != (None if event["cost_usd"] is None else str(event["cost_usd"])):
        wrong.append("cost_usd")
    if wrong:
        columns = ", ".join(wrong)
        verdict.add(f"event {event['seq']} ({event['event_id']}): {columns} differ from its body")


def _check_chain(event: dict[str, Any], heads: dict[str, tuple[int, bytes]], verdict: Verdict) -> None:
    run_id = event["run_id"]
    if run_id is None:
        return
    place, head = heads.get(run_id, (0, b""))
    expected = hashlib.sha256(head + hashlib.sha256(event["body"].encode()).digest()).digest()
    if event["run_seq"] != place + 1:
        verdict.add(
            f"event {event['seq']} ({event['event_id']}): place {event['run_seq']} in {run_id} "
            f"where {place + 1} was due"
        )
    elif event["chain_sha256"] != expected:
        verdict.add(f"event {event['seq']} ({event['event_id']}): breaks the chain of {run_id}")
    heads[run_id] = (event["run_seq"], event["chain_sha256"])


async def _check_heads(
    transaction: LedgerTransaction, heads: dict[str, tuple[int, bytes]], verdict: Verdict
) -> None:
    for row in await _all(transaction, "run_heads"):
        place, head = heads.get(row["run_id"], (0, b""))
        if (place, head) != (row["run_seq"], row["chain_sha256"]):
            verdict.add(f"{row['run_id']}: ends at place {place} where {row['run_seq']} events were recorded")


async def _check_seals(transaction: LedgerTransaction, days: dict[date, DaySum], verdict: Verdict) -> None:
    for row in await _all(transaction, "seals"):
        verdict.sealed_days += 1
        found = days.get(row["day"], DaySum())
        if (found.events, found.sha256) != (row["events"], row["sha256"]):
            verdict.add(
                f"{row['day']}: {found.events} events with checksum {found.sha256[:16]}… "
                f"where {row['events']} with {row['sha256'][:16]}… were sealed"
            )


async def _all(transaction: LedgerTransaction, statement: str) -> list[dict[str, Any]]:
    cursor = await transaction.connection.execute(load("muster.ledger", statement))
    return await cursor.fetchall()
