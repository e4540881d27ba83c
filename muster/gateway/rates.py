"""Counts calls over sliding windows, for all gateways together."""

import math
from collections.abc import Sequence

from muster.gateway.policy.rate_limit import RateFull, RateLimit
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_TO_LIKE = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_", "*": "%", "?": "_"})


class RateBook:
    """Takes a place in every limit a call counts in, or says which are used up."""

    def __init__(self, ledger: PostgresLedger, limits: Sequence[RateLimit]) -> None:
        self._ledger = ledger
        self._limits = tuple(limits)
        self._longest = max((limit.per_seconds for limit in limits), default=0.0)

    async def take(self, who: str, tool: str) -> tuple[RateFull, ...]:
        """Mark one call of `tool` by `who` (team/agent); gives the limits that are used up, and then no mark.

        Commits by itself, before the intent: a call that is then not made has used its place all the same.
        Where no limit holds for the call the database is not asked.

        Raises:
            LedgerUnavailableError: the database is away; nothing was marked.
        """
        limits = [limit for limit in self._limits if limit.holds_for(who, tool)]
        if not limits:
            return ()
        parameters = {
            "agent": who,
            "tool": tool,
            "patterns": [like(limit.tools) for limit in limits],
            "calls": [limit.calls for limit in limits],
            "seconds": [limit.per_seconds for limit in limits],
            "keep_seconds": self._longest,
        }
        return tuple(
            RateFull(
                limit=limits[row["place"] - 1],
                retry_after_seconds=max(1, math.ceil((row["frees_at"] - row["now"]).total_seconds())),
                frees_at=row["frees_at"],
            )
            for row in await self._ledger.fetch(load("muster.gateway", "take_rate"), parameters)
        )


def like(pattern: str) -> str:
    """A pattern with `*` and `?` as one of SQL's LIKE."""
    return pattern.translate(_TO_LIKE)
