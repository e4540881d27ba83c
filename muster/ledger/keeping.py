"""What is done for the record every minute: seal what is new, have it stamped, mirror it."""

import asyncio
from dataclasses import dataclass, field

from muster.core.errors import MusterError
from muster.core.settings import Settings
from muster.ledger.head import Seal
from muster.ledger.home import LedgerHome, read_private
from muster.ledger.mirror import compact_mirror, mirror_sealed
from muster.ledger.mirror_file import MirrorFile, MirrorIncompleteError, MirrorUnavailableError
from muster.ledger.mirror_store import MirrorStore
from muster.ledger.months import open_months
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.ledger.timestamps import stamp_seals


@dataclass(slots=True)
class Kept:
    """What was done."""

    seals: list[Seal]
    stamped: list[int] = field(default_factory=list)
    """Sizes of the tree whose checkpoints were stamped."""
    mirrored: list[MirrorFile] = field(default_factory=list)
    failures: list[MusterError] = field(default_factory=list)
    """What did not work and is made up for next time; the seals stand."""


async def keep_ledger(ledger: PostgresLedger, settings: Settings, url: str) -> Kept:
    """Seal every event recorded so far; stamp and mirror what is sealed.

    Raises:
        LedgerUnavailableError: the database is away.
        MusterError: nothing could be sealed, and why; see `seal_ledger`.
    """
    home = LedgerHome.of(settings)
    await open_months(ledger)
    kept = Kept(await seal_ledger(ledger, home))
    if settings.timestamp_url is not None:
        stamping = await stamp_seals(ledger, settings.timestamp_url)
        kept.stamped = stamping.stamped
        if stamping.failure is not None:
            kept.failures.append(stamping.failure)
    sign = read_private(home.key_file).sign
    try:
        kept.mirrored = await asyncio.to_thread(
            mirror_sealed, url, MirrorStore.of(settings), sign, ledger.clock
        )
    except (MirrorIncompleteError, MirrorUnavailableError) as failure:
        kept.failures.append(failure)
    return kept


async def tidy_mirror(ledger: PostgresLedger, settings: Settings, url: str) -> list[MirrorFile]:
    """Put the files of each finished day together into one; gives the new files.

    Raises:
        MirrorIncompleteError: a file is missing or changed, and Postgres no longer has its events.
        MirrorUnavailableError: the mirror cannot be written to.
        LedgerUnavailableError: the database is away.
        LedgerKeyError: nothing was ever sealed here.
    """
    sign = read_private(LedgerHome.of(settings).key_file).sign
    return await asyncio.to_thread(compact_mirror, url, MirrorStore.of(settings), sign, ledger.clock)
