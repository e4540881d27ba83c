"""The prompts in force: which version of an agent's prompt it gets, by the kind of work at hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from muster.core.errors import TeamOwnerError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

FRESH_SECONDS = 1.0
"""How long a worker may go on with what was in force when it last looked."""

_TEXTS_KEPT = 1_000


class PromptUnknownError(TeamOwnerError):
    """There is no such version of a prompt, or none is in force."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of an agent's prompt."""

    version: int
    text: str
    transaction_type: str = ""
    """The kind of work this prompt is for; empty for the agent's general prompt."""


class PromptShelf:
    """Prompts as they are in force, read anew about once a second; a version's text is read once."""

    def __init__(self, ledger: PostgresLedger, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._clock = clock
        self._in_force: dict[str, tuple[float, dict[tuple[str, str], int]]] = {}
        self._texts: dict[tuple[str, str, int], Prompt] = {}

    async def active(self, team: str, agent: str, transaction_type: str = "") -> Prompt:
        """The prompt for this kind of work, else the agent's general one; a change counts within a second.

        Raises:
            PromptUnknownError: the agent has no prompt in force.
            LedgerUnavailableError: the database is away.
        """
        who = f"{team}/{agent}"
        found = _chosen(self._lately(team), who, transaction_type)
        found = found or _chosen(await self._now(team), who, transaction_type)
        if found is not None:
            return await self.at(team, agent, *found)
        raise PromptUnknownError(
            f"{who} has no prompt in force",
            do=f"deploy the team, or put one in force: muster prompt activate {who} VERSION --reason …",
        )

    async def at(self, team: str, agent: str, transaction_type: str, version: int) -> Prompt:
        """One version, in force or not.

        Args:
            transaction_type: the prompt's own: empty for a version of the general prompt.

        Raises:
            PromptUnknownError: there is no such version.
            LedgerUnavailableError: the database is away.
        """
        key = (f"{team}/{agent}", transaction_type, version)
        if (known := self._texts.get(key)) is not None:
            return known
        rows = await self._ledger.fetch(
            load("muster.teams", "prompt_version"),
            {"agent": key[0], "transaction_type": transaction_type, "version": version},
        )
        if not rows:
            raise PromptUnknownError(
                f"there is no version {version} of the prompt of {named(key[0], transaction_type)}",
                do=f"see: muster prompt list {key[0]}",
            )
        if len(self._texts) >= _TEXTS_KEPT:
            self._texts.clear()
        prompt = self._texts[key] = Prompt(version, rows[0]["text"], transaction_type)
        return prompt

    def _lately(self, team: str) -> dict[tuple[str, str], int]:
        """What was in force a moment ago: nothing when it was not looked up within the last second."""
        read_at, in_force = self._in_force.get(team, (None, {}))
        return in_force if read_at is not None and self._clock() - read_at < FRESH_SECONDS else {}

    async def _now(self, team: str) -> dict[tuple[str, str], int]:
        read_at = self._clock()
        rows = await self._ledger.fetch(load("muster.teams", "prompts_in_force"), {"team": team})
        in_force = {(row["agent"], row["transaction_type"]): row["version"] for row in rows}
        self._in_force[team] = (read_at, in_force)
        return in_force


def _chosen(in_force: dict[tuple[str, str], int], who: str, transaction_type: str) -> tuple[str, int] | None:
    """Transaction type and version of the prompt for this work."""
    for kind in (transaction_type, ""):
        if (version := in_force.get((who, kind))) is not None:
            return kind, version
    return None


def named(agent: str, transaction_type: str) -> str:
    """How people call a prompt: `support/refund_specialist`, or `… for refund`."""
    return f"{agent} for {transaction_type}" if transaction_type else agent
