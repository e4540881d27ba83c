"""What people do with prompts: add a version, put one in force, go back to the one before, compare two."""

import difflib
from dataclasses import dataclass

from muster.core.canonical import sha256_hex
from muster.ledger.events import EventContext
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.teams.prompt_register import (
    Activation,
    PromptVersion,
    activate_within,
    add_within,
    check_text,
    in_force,
    lock_team,
    version_numbered,
    versions_within,
)
from muster.teams.prompts import PromptShelf, PromptUnknownError, named
from muster.teams.roster import deployed_team


@dataclass(frozen=True, slots=True)
class Addition:
    """What adding a text did."""

    agent: str
    transaction_type: str
    version: int
    added: bool
    """False when the newest version is this very text."""
    activated: Activation | None
    """None when what is in force did not change."""


async def add_prompt(
    ledger: PostgresLedger,
    agent: str,
    text: str,
    actor: str,
    *,
    transaction_type: str = "",
    activate_because: str | None = None,
) -> Addition:
    """Register a text as the newest version of a prompt, and put it in force when a reason is given.

    Args:
        agent: as `team/agent`.
        actor: who adds it, such as `person:jo@example.com`.

    Raises:
        TeamUnknownError: no such team is deployed.
        PromptUnknownError: the team has no such agent or transaction type.
        PromptTextError: the text cannot be a prompt.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    check_text(text, agent)
    await _check_known(ledger, agent, transaction_type)
    async with ledger.transaction() as transaction:
        where, versions = await _begin(transaction, agent, transaction_type, actor)
        newest = versions[0] if versions else None
        if newest is not None and newest.sha256 == sha256_hex(text.encode()):
            version, added = newest.version, False
        else:
            version = await add_within(transaction, where, agent, transaction_type, text, "hand")
            added = True
        change = None
        if activate_because is not None:
            change = await _put_in_force(
                transaction, where, versions, agent, transaction_type, version, activate_because
            )
    return Addition(agent, transaction_type, version, added, change)


async def activate_prompt(
    ledger: PostgresLedger, agent: str, version: int, reason: str, actor: str, *, transaction_type: str = ""
) -> Activation | None:
    """Put a version in force; every worker takes it up within a second. None when it was in force already.

    Raises:
        PromptUnknownError: there is no such version.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        where, versions = await _begin(transaction, agent, transaction_type, actor)
        version_numbered(versions, agent, transaction_type, version)
        return await _put_in_force(transaction, where, versions, agent, transaction_type, version, reason)


async def roll_back_prompt(
    ledger: PostgresLedger, agent: str, reason: str, actor: str, *, transaction_type: str = ""
) -> Activation:
    """Put the version back in force that was before the present one; a second time undoes the first.

    A transaction type's prompt that had none before is withdrawn: the agent's general prompt counts again.

    Raises:
        PromptUnknownError: none is in force, or none was before.
        LedgerUnavailableError: the database is away; nothing was changed.
    """
    async with ledger.transaction() as transaction:
        where, versions = await _begin(transaction, agent, transaction_type, actor)
        present = in_force(versions)
        if present is None or (present.previous_version is None and not transaction_type):
            raise PromptUnknownError(
                f"{named(agent, transaction_type)} has no version to go back to",
                do=f"see: muster prompt list {agent}; put one in force: muster prompt activate",
            )
        change = Activation(agent, transaction_type, present.previous_version, present.version)
        await activate_within(transaction, where, change, reason)
        return change


async def prompt_diff(
    ledger: PostgresLedger, agent: str, old: int, new: int, *, transaction_type: str = ""
) -> str:
    """The two versions as a unified diff; empty when their texts are the same.

    Raises:
        PromptUnknownError: one of them does not exist.
        LedgerUnavailableError: the database is away.
    """
    team, _, name = agent.partition("/")
    shelf = PromptShelf(ledger)
    before = await shelf.at(team, name, transaction_type, old)
    after = await shelf.at(team, name, transaction_type, new)
    lines = difflib.unified_diff(
        before.text.splitlines(),
        after.text.splitlines(),
        f"{named(agent, transaction_type)}, version {old}",
        f"{named(agent, transaction_type)}, version {new}",
        lineterm="",
    )
    return "\n".join(lines)


async def _begin(
    transaction: LedgerTransaction, agent: str, transaction_type: str, actor: str
) -> tuple[EventContext, list[PromptVersion]]:
    team, _, name = agent.partition("/")
    await lock_team(transaction, team)
    versions = [
        one for one in await versions_within(transaction, agent) if one.transaction_type == transaction_type
    ]
    return EventContext(actor=actor, team=team, agent=name), versions


async def _put_in_force(
    transaction: LedgerTransaction,
    where: EventContext,
    versions: list[PromptVersion],
    agent: str,
    transaction_type: str,
    version: int,
    reason: str,
) -> Activation | None:
    present = in_force(versions)
    if present is not None and present.version == version:
        return None
    change = Activation(agent, transaction_type, version, present.version if present else None)
    await activate_within(transaction, where, change, reason)
    return change


async def _check_known(ledger: PostgresLedger, agent: str, transaction_type: str) -> None:
    team, _, name = agent.partition("/")
    manifest = (await deployed_team(ledger, team)).manifest
    names = [one.name for one in manifest.agents]
    if name not in names:
        raise PromptUnknownError(
            f"team {team} has no agent {name!r}",
            do=f"use one of {', '.join(f'{team}/{one}' for one in names)}",
        )
    if transaction_type and transaction_type not in manifest.transaction_types:
        known = ", ".join(manifest.transaction_types) or "none"
        raise PromptUnknownError(
            f"team {team} has no transaction type {transaction_type!r}",
            do=f"it has: {known}; add it to transaction_types in its team.yaml and deploy",
        )
