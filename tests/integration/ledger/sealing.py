"""A ledger's home for one test, events to seal, and an attacker under the server."""

from pathlib import Path
from typing import LiteralString

import psycopg

from muster.ledger.events import AgentPaused, EventContext
from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.services.postgres import EmbeddedPostgres

WHERE = EventContext(actor="service:test", run_id="run_1", team="support", agent="desk")


def home_in(folder: Path, origin: str = "test.example/ledger") -> LedgerHome:
    """A home of its own for a ledger."""
    return LedgerHome(origin, folder / "secrets" / "ledger_key", folder / "ledger")


async def record(ledger: PostgresLedger, count: int, where: EventContext = WHERE) -> list[str]:
    """Append some events, not equal, and give their ids in order."""
    return [
        await ledger.append(AgentPaused(who="support/desk", reason=f"reason {number} ü"), where)
        for number in range(count)
    ]


_MANY = (
    "INSERT INTO ledger.events (event_id, kind, actor, happened_at, body) "
    "SELECT 'evt_' || place, 'agent.paused', 'service:test', now(), '{\"n\":' || place || '}' "
    "FROM generate_series(1, %s) AS place"
)


def record_many(postgres: EmbeddedPostgres, database_url: str, count: int) -> None:
    """Put events into the table at once, past the door; only their number counts."""
    with psycopg.connect(postgres.superuser_url(database_url.rpartition("/")[2])) as connection:
        connection.execute(_MANY, (count,))


def as_superuser(postgres: EmbeddedPostgres, database_url: str, *statements: LiteralString) -> None:
    """Change what only a superuser under the server can."""
    superuser = postgres.superuser_url(database_url.rpartition("/")[2])
    with psycopg.connect(superuser) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)
