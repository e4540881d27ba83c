"""Why one value of a call is explained."""

from collections.abc import Sequence
from dataclasses import dataclass

from muster.gateway.provenance.chosen import NOTHING, Pairs
from muster.gateway.provenance.rows import Row
from muster.gateway.provenance.spelling import Spelling


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a value is explained."""

    origin: str
    vouched: bool = True
    """Whether somebody the company trusts said it; false where a rule lets words of others through."""
    rows: tuple[Row, ...] = ()
    """The rows any one of which explains it."""
    by_agent: bool = False
    """Whether it was only the agent's own decision."""
    rests_on: Pairs = NOTHING

    @classmethod
    def by_rows(
        cls, origin: str, rows: Sequence[Row], spelling: Spelling | None, *, vouched: bool = True
    ) -> "Explained":
        """Explained by any one of `rows`; the newest is what it rests on."""
        row = rows[-1]
        own = {(row.server, spelling.mark)} if spelling is not None else set()
        return cls(origin, vouched=vouched, rows=tuple(rows), rests_on=row.rests_on | own)
