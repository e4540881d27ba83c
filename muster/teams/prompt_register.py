"""The register of prompts: adding a version, putting one in force, going back to the one before.

Every change is an event and holds the team's lock, so that it never crosses a deployment.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from muster.core.canonical import sha256_hex
from muster.core.errors import TeamOwnerError
from muster.ledger.events import EventContext, PromptActivated, PromptAdded
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load
from muster.teams.prompts import PromptUnknownError, named

Origin = Literal["files", "hand"]

ROLE_LINE = "# Role: "
_LONGEST_CHARACTERS = 100_000


class PromptTextError(TeamOwnerError):
    """A text that cannot be an agent's prompt."""


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One version in the register, without its text."""

    agent: str
    """`team/agent`."""
    transaction_type: str
    """Empty for the general prompt."""
    version: int
    sha256: str
    characters: int
    origin: Origin
    """`files`: came with a deployment of the team; `hand`: was added by `muster prompt add`."""
    created_at: datetime
    activated_at: datetime | None
    """Since when it is in force; None when it is not."""
    previous_version: int | None
    """Of the version in force: the one before it, which a rollback puts back."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A version that is in force from now on."""

    agent: str
    transaction_type: str
    version: int | None
    """None: none any more, the agent's general prompt counts."""
    previous_version: int | None


async def prompt_versions(ledger: PostgresLedger, who: str = "") -> list[PromptVersion]:
    """Every version, newest first within agent and transaction type.

    Args:
        who: a team, or `team/agent`; empty for all.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    rows = await ledger.fetch(load("muster.teams", "prompt_versions"), {"who": who})
    return [PromptVersion(**row) for row in rows]


async def versions_within(transaction: LedgerTransaction, who: str) -> list[PromptVersion]:
    """The same, as the transaction sees it."""
    cursor = await transaction.connection.execute(load("muster.teams", "prompt_versions"), {"who": who})
    return [PromptVersion(**row) for row in await cursor.fetchall()]


async def add_within(
    transaction: LedgerTransaction,
    where: EventContext,
    agent: str,
    transaction_type: str,
    text: str,
    origin: Origin,
) -> int:
    """Register `text` as the newest version and give its number.

    Raises:
        EventRefusedError: it holds characters that cannot be stored.
    """
    digest = sha256_hex(text.encode())
    cursor = await transaction.connection.execute(
        load("muster.teams", "insert_prompt"),
        {
            "agent": agent,
            "transaction_type": transaction_type,
            "text": text,
            "sha256": digest,
            "origin": origin,
            "created_at": transaction.now,
        },
    )
    row = await cursor.fetchone()
    assert row is not None  # an aggregate without GROUP BY gives one row
    added = PromptAdded(
        prompt_of=agent,
        transaction_type=transaction_type,
        version=row["version"],
        sha256=digest,
        text=text,
        origin=origin,
    )
    await transaction.append(added, where)
    return int(row["version"])


async def activate_within(
    transaction: LedgerTransaction, where: EventContext, change: Activation, reason: str
) -> None:
    """Put `change.version` in force, or none where it is None."""
    statement = load("muster.teams", "withdraw_prompt" if change.version is None else "activate_prompt")
    await transaction.connection.execute(statement, {**asdict(change), "activated_at": transaction.now})
    event = PromptActivated(
        prompt_of=change.agent,
        transaction_type=change.transaction_type,
        version=change.version,
        previous_version=change.previous_version,
        reason=reason,
    )
    await transaction.append(event, where)


async def lock_team(transaction: LedgerTransaction, team: str) -> None:
    """Keep deployments of the team and other changes of its prompts out until the transaction ends."""
    await transaction.connection.execute(load("muster.teams", "lock_team"), {"team": team})


def in_force(versions: list[PromptVersion]) -> PromptVersion | None:
    """The one that agents get now."""
    return next((one for one in versions if one.activated_at is not None), None)


def version_numbered(versions: list[PromptVersion], agent: str, kind: str, number: int) -> PromptVersion:
    """The version of that number.

    Raises:
        PromptUnknownError: there is none.
    """
    for one in versions:
        if one.version == number:
            return one
    known = ", ".join(str(one.version) for one in versions) or "none"
    raise PromptUnknownError(
        f"there is no version {number} of the prompt of {named(agent, kind)}",
        do=f"choose one of: {known}; see: muster prompt list {agent}",
    )


def check_text(text: str, agent: str) -> None:
    """Return when `text` can be an agent's prompt.

    Raises:
        PromptTextError: it is too long, holds a NUL, or its first line names no role.
    """
    first = text.partition("\n")[0]
    if not first.startswith(ROLE_LINE) or len(first.strip()) <= len(ROLE_LINE):
        raise PromptTextError(
            "the prompt has no role line", where=agent, do=f"make its first line `{ROLE_LINE}<title>`"
        )
    if len(text) > _LONGEST_CHARACTERS:
        raise PromptTextError(
            f"the prompt has {len(text):,} characters",
            where=agent,
            do=f"keep it under {_LONGEST_CHARACTERS:,}",
        )
    if "\0" in text:
        raise PromptTextError("the prompt holds a NUL character", where=agent, do="save it as plain text")
