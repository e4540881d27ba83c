"""Short-lived opaque tokens: each stands for one agent run or one outside client; only its hash is kept."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from muster.core.canonical import sha256_hex
from muster.gateway.caller import Caller
from muster.gateway.errors import TeamNotDeployedError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_PREFIX = "mgt_"
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class Presence:
    """A caller as it stands at this moment, and the registry it meets."""

    caller: Caller
    registry_revision: str


async def issue(
    ledger: PostgresLedger, agent: str, team: str, run_id: str | None, task_id: str | None, ttl: timedelta
) -> str:
    """A token for `agent` of `team`, bound to the run, the task and the team's active version.

    Raises:
        TeamNotDeployedError: no version of the team is deployed.
        LedgerUnavailableError: the database is away.
    """
    now = ledger.clock.now()
    token = fresh()
    issued = await ledger.fetch(
        load("muster.gateway", "issue_token"),
        {
            "token_sha256": token_sha256(token),
            "agent": agent,
            "team": team,
            "run_id": run_id,
            "task_id": task_id,
            "issued_at": now,
            "expires_at": now + ttl,
        },
    )
    if not issued:
        raise TeamNotDeployedError(team)
    return token


async def renew(ledger: PostgresLedger, token: str, ttl: timedelta) -> str | None:
    """A fresh token for the run `token` stands for, with the same rights; null when that was revoked.

    The former one still holds until it expires. Renewing takes the database: a token alone cannot.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    now = ledger.clock.now()
    renewed = fresh()
    parameters = {
        "token_sha256": token_sha256(renewed),
        "former_sha256": token_sha256(token),
        "issued_at": now,
        "expires_at": now + ttl,
    }
    return renewed if await ledger.fetch(load("muster.gateway", "renew_token"), parameters) else None


async def revoke(ledger: PostgresLedger, run_id: str) -> int:
    """End every token of a run; gives how many there were.

    Raises:
        LedgerUnavailableError: the database is away; the tokens still hold until they expire.
    """
    parameters = {"run_id": run_id, "now": ledger.clock.now()}
    return len(await ledger.fetch(load("muster.gateway", "revoke_tokens"), parameters))


async def end(ledger: PostgresLedger, token: str) -> None:
    """End one token; calls under way are still recorded.

    Raises:
        LedgerUnavailableError: the database is away; the token still holds until it expires.
    """
    parameters = {"token_sha256": token_sha256(token), "now": ledger.clock.now()}
    await ledger.fetch(load("muster.gateway", "end_token"), parameters)


async def resolve(ledger: PostgresLedger, token: str) -> Presence | None:
    """Whom `token` stands for; null when it is unknown, revoked or expired.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    if not token.startswith(_PREFIX) or len(token) > _LONGEST:
        return None
    parameters = {"token_sha256": token_sha256(token), "now": ledger.clock.now()}
    rows = await ledger.fetch(load("muster.gateway", "resolve_token"), parameters)
    if not rows:
        return None
    found = dict(rows[0])
    return Presence(registry_revision=found.pop("registry_revision"), caller=Caller(**found))


def fresh() -> str:
    """A new random token that stands for nobody yet."""
    return _PREFIX + secrets.token_urlsafe(32)


def token_sha256(token: str) -> str:
    """What is stored of a token."""
    return sha256_hex(token.encode())
