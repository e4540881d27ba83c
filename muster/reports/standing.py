"""Where the record stands, for people who want to rely on it: sealed, begun, copied, and signed by whom."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import polars as pl
from psycopg.rows import dict_row

from muster.core.settings import Settings
from muster.ledger.freshness import SEALED_WITHIN
from muster.ledger.home import LedgerHome, read_pinned
from muster.ledger.snapshot import snapshot
from muster.ledger.sql import load

NEWEST: Final = 50
"""How many seals are told one by one."""

SEALS: Final = pl.Schema(
    {
        "sealed_at": pl.Datetime("us", "UTC"),
        "events": pl.Int64(),
        "tree_size": pl.Int64(),
        "root_sha256": pl.String(),
        "key_id": pl.String(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The record at one moment."""

    at: datetime
    sealed: int
    """Events under the newest seal."""
    unsealed: int
    """Events recorded since."""
    unsealed_since: datetime | None
    """When the oldest of those was recorded; None when there is none."""
    seals: int
    sealed_at: datetime | None
    """Of the newest seal; None before the first."""
    root_sha256: str | None
    """Of the newest seal, in hexadecimal."""
    key_id: str | None
    checkpoint: str | None
    """The newest seal's signed note."""
    open_intents: int
    """Acts begun and not settled: under way, or lost."""
    lost_intents: int
    """Of those, the ones whose time is over: recovery is to look at them."""
    intents_since: datetime | None
    """When the oldest of them was begun; None when there is none."""
    reserved_usd: Decimal
    """US dollars they hold back of budgets."""
    mirrored: int
    """Sealed events that are in the mirror's files."""
    stamps: int
    """Time stamps of an outside authority over seals."""
    stamped_at: datetime | None
    """Of the newest time stamp; None when there is none."""
    first_key: str | None
    """The pinned key all trust comes from; None when none is pinned on this machine."""
    newest: pl.DataFrame
    """The newest seals, one row a seal, newest first: `SEALS`."""

    @property
    def events(self) -> int:
        """All events of the record."""
        return self.sealed + self.unsealed

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the first key in hexadecimal, for comparing by telephone; None without a pinned key."""
        return None if self.first_key is None else sha256(self.first_key.encode()).hexdigest()

    @property
    def late(self) -> bool:
        """Whether an event has waited too long for its seal."""
        return self.unsealed_since is not None and self.at - self.unsealed_since > SEALED_WITHIN


def read_standing(settings: Settings, url: str) -> Standing:
    """The standing of the record at `url` now.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
        NotMigratedError: it holds no ledger.
        LedgerKeyError: the file of pinned keys is damaged.
    """
    home = LedgerHome.of(settings)
    pinned = read_pinned(home) if home.pinned_keys.exists() else []
    with snapshot(url, dict_row) as connection:
        facts: list[dict[str, Any]] = connection.execute(load("muster.reports", "ledger_standing")).fetchall()
        rows = connection.execute(load("muster.reports", "newest_seals"), {"limit": NEWEST}).fetchall()
    return Standing(
        at=datetime.now(UTC),
        first_key=pinned[0].vkey if pinned else None,
        newest=pl.DataFrame(rows, schema=SEALS, orient="row"),
        **facts[0],
    )
