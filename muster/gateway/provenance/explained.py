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
        cls, origin: str, rows: Sequence[Row], kind: str, spelling: Spelling, *, vouched: bool = True
    ) -> "Explained":
        """Explained by this value of any one of `rows`; the newest is what it rests on."""
        row = rows[-1]
        pairs = row.rests_on | row.pairs(kind, spelling)
        return cls(origin, vouched=vouched, rows=tuple(rows), rests_on=pairs)
