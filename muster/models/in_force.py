"""The model table that decides just now, also while the file is broken and the process is new."""

from muster.core.canonical import sha256_hex
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.models.errors import ModelTableError
from muster.models.governance import ModelTableFile
from muster.models.table import ModelTable


async def table_in_force(file: ModelTableFile, ledger: PostgresLedger) -> ModelTable:
    """The table as last saved; while that cannot be used, the last good one this process or any other used.

    Raises:
        ModelTableError: the file cannot be used, and no table was ever in force.
        LedgerUnavailableError: the file cannot be used, and the database is away.
    """
    try:
        return file.current()
    except ModelTableError:
        recorded = await ledger.fetch(load("muster.models", "last_recorded_table"))
        if not recorded:
            raise
        file.keep(str(recorded[0]["text"]))
        return file.current()


async def recorded_label(file: ModelTableFile, ledger: PostgresLedger) -> str | None:
    """What calls name the table in force by, as `models@3`; null until the first call was made by it.

    Raises:
        ModelTableError: no good table was read yet.
        LedgerUnavailableError: the database is away.
    """
    known = await ledger.fetch(
        load("muster.ledger", "policy_version"), {"name": "models", "sha256": sha256_hex(file.text.encode())}
    )
    return f"models@{known[0]['version']}" if known else None
