"""Tokens of outside clients: shown once, ended by a person or by their time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from muster.gateway.clients import ClientError, unknown, where
from muster.gateway.tokens import fresh, token_sha256
from muster.ledger.events import TokenIssued, TokenRevoked
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

LONGEST: Final = timedelta(days=7)
"""A client that is wanted for longer gets a new token every week."""
_SHORTEST_PREFIX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token at the only moment anybody can read it."""

    client: str
    token: str
    token_sha256: str
    """What is kept of it, and what it is called by afterwards."""
    run_id: str
    """The run all its calls belong to."""
    label: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """What is known of a token afterwards."""

    client: str
    token_sha256: str
    label: str
    run_id: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    """Null: it was not ended before its time."""


async def issue(ledger: PostgresLedger, client: str, *, label: str, ttl: timedelta, actor: str) -> NewToken:
    """A token for `client`, and its event; nobody can read the token again.

    Raises:
        ClientError: there is no such active client, or the time is not between a minute and a week.
        LedgerUnavailableError: the database is away; no token was made.
    """
    if not timedelta(minutes=1) <= ttl <= LONGEST:
        raise ClientError(
            "a token holds for a minute at least and for a week at most",
            do="give --minutes between 1 and 10080",
        )
    token = fresh()
    async with ledger.transaction() as transaction:
        expires_at = transaction.now + ttl
        run_id = ledger.ids.new("run")
        values = {
            "client": client,
            "token_sha256": token_sha256(token),
            "run_id": run_id,
            "label": label,
            "now": transaction.now,
            "expires_at": expires_at,
        }
        await transaction.connection.execute(load("muster.gateway", "lock_client"), values)
        cursor = await transaction.connection.execute(load("muster.gateway", "issue_client_token"), values)
        if await cursor.fetchone() is None:
            raise unknown(client)
        issued = TokenIssued(
            client=client, token_sha256=values["token_sha256"], label=label, expires_at=expires_at
        )
        await transaction.append(issued, where(client, actor))
    return NewToken(
        client=client,
        token=token,
        token_sha256=token_sha256(token),
        run_id=run_id,
        label=label,
        expires_at=expires_at,
    )


async def revoke(ledger: PostgresLedger, prefix: str, reason: str, actor: str) -> str:
    """End the one live token whose SHA-256 begins with `prefix`; gives its client.

    Raises:
        ClientError: no live token begins so, several do, or the prefix is too short to mean one.
        LedgerUnavailableError: the database is away; the token still holds.
    """
    if len(prefix) < _SHORTEST_PREFIX:
        raise ClientError(
            f"{prefix!r} is too short to mean one token", do="give 8 characters or more: muster token list"
        )
    async with ledger.transaction() as transaction:
        execute = transaction.connection.execute
        values: dict[str, Any] = {"prefix": prefix, "now": transaction.now}
        found = await (await execute(load("muster.gateway", "live_client_tokens"), values)).fetchall()
        if len(found) != 1:
            how_many = "several live tokens begin" if found else "no live token begins"
            raise ClientError(f"{how_many} with {prefix}", do="see: muster token list")
        [token] = found
        values["token_sha256"] = token["token_sha256"]
        await execute(load("muster.gateway", "end_token"), values)
        revoked = TokenRevoked(client=token["client"], token_sha256=token["token_sha256"], reason=reason)
        await transaction.append(revoked, where(token["client"], actor))
    return str(token["client"])


async def listed(ledger: PostgresLedger, client: str | None = None) -> list[KnownToken]:
    """Tokens of `client`, or of all clients, in the order they were made.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.gateway", "list_client_tokens"), {"client": client})
    return [KnownToken(**row) for row in rows]
