"""Deployed teams and messages for the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from muster.intake.message import Content, IncomingMessage
from muster.ledger.events import Priority
from muster.ledger.postgres import PostgresLedger
from muster.services.postgres import EmbeddedPostgres

INTAKE = {
    "support": {"mail": ["support@brightloom.example"], "folder": [], "webhook": []},
    "finance": {"mail": ["invoices@brightloom.example"], "folder": ["finance"], "webhook": []},
    "leads": {"mail": [], "folder": [], "webhook": ["website-form"]},
}

MAIL = (
    b"From: Jane <jane@customer.example>\r\nTo: %(to)s\r\nSubject: Where is it?\r\n"
    b"Message-ID: <%(id)s@customer.example>\r\n\r\nMy order BL-10432 has not come.\r\n"
)


async def deploy(ledger: PostgresLedger) -> None:
    """Put the three teams' manifests in force, with as much of them as intake reads."""
    async with ledger.transaction() as transaction:
        for team, intake in INTAKE.items():
            await transaction.connection.execute(
                "INSERT INTO state.team_versions VALUES (%s, 1, %s, '', now())",
                (team, Jsonb({"team": team, "intake": intake})),
            )
            await transaction.connection.execute("INSERT INTO state.teams VALUES (%s, 1, 'active')", (team,))


def letter(number: int = 1, to: str = "support@brightloom.example") -> bytes:
    """A small mail."""
    return MAIL % {b"id": str(number).encode(), b"to": to.encode()}


def message(number: int = 1, priority: Priority = "medium") -> IncomingMessage:
    """A webhook message for the leads team."""
    content = Content(text=f"message {number}", received_at=datetime(2026, 11, 21, tzinfo=UTC))
    return IncomingMessage(
        source="website-form",
        external_id=f"wf-{number}",
        channel="webhook",
        destinations=("website-form",),
        priority=priority,
        title=f"message {number}",
        content=content,
    )


@contextmanager
def away(postgres: EmbeddedPostgres, database_url: str) -> Iterator[None]:
    """A block in which the database takes no connections and has closed those it had."""
    name = database_url.rpartition("/")[2]
    database = sql.Identifier(name)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as operator:
        operator.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
        operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            operator.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))


async def kinds(ledger: PostgresLedger) -> list[str]:
    """The kinds of all events, in order."""
    return [row["kind"] for row in await ledger.fetch("SELECT kind FROM ledger.events ORDER BY seq")]


async def one(ledger: PostgresLedger, statement: Any) -> Any:
    """The only value of the only row."""
    ((value,),) = [tuple(row.values()) for row in await ledger.fetch(statement)]
    return value
