"""Why a seal is not made, or not believed."""

from pathlib import Path

from muster.core.errors import OperatorError, PlatformError

_NEW_LEDGER = "to begin a new ledger on purpose, move the folder of that file away"


class SealerBusyError(PlatformError):
    """Another sealer, or a change of key, is under way."""

    def __init__(self) -> None:
        super().__init__(
            "another sealer is at work", do="nothing: it seals what there is; try again in a minute"
        )


class TransactionHangsError(PlatformError):
    """A transaction that may hold a place in the order does not end; nothing after it can be sealed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"a transaction that began before has not ended for {seconds:g} seconds; nothing was sealed",
            do="try again; if it stays, find it in pg_stat_activity (oldest xact_start) and end its process",
        )
        self.seconds = seconds


class WitnessError(OperatorError):
    """The newest checkpoint, which this machine keeps outside the database, is not there or not genuine."""

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(
            what,
            where=str(path),
            do="put the newest checkpoint you trust there: from a backup of MUSTER_HOME, from an export, "
            "or from whoever was given one",
        )


class DatabaseBehindError(OperatorError):
    """The database holds fewer sealed events than were sealed: it was rolled back, or it is another one."""

    def __init__(self, witness: Path, *, sealed: int, found: int) -> None:
        super().__init__(
            f"{sealed} events were sealed, but the database knows of {found}: it was rolled back, "
            "or is not the one that was sealed",
            where=str(witness),
            do=f"restore the newest state of the database, or correct MUSTER_DATABASE_URL; {_NEW_LEDGER}",
        )
        self.sealed = sealed
        self.found = found


class DatabaseForkedError(OperatorError):
    """The database's history is not the one that was sealed."""

    def __init__(self, witness: Path, *, size: int) -> None:
        super().__init__(
            f"the first {size} events in the database are not the ones that were sealed: "
            "its history was rewritten",
            where=str(witness),
            do="run `muster ledger verify` to see what was changed, and restore the database from a backup "
            f"that passes it; {_NEW_LEDGER}",
        )
        self.size = size


class SealDamagedError(OperatorError):
    """A seal or an entry in the database is not as it was made."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            where="ledger.seals",
            do="run `muster ledger verify`, and restore the database from a backup that passes it",
        )
