"""A moment of the database, for reading only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import RowFactory

from muster.ledger.errors import LedgerUnavailableError, NotMigratedError

_READER_ROLE = "-c role=muster_reader"


@contextmanager
def snapshot(url: str, row_factory: RowFactory[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose every statement sees the database as it was at the first one; it cannot write.

    Raises:
        LedgerUnavailableError: the database is away.
        NotMigratedError: it holds no ledger of this version.
    """
    try:
        with psycopg.Connection[Any].connect(
            url, options=_READER_ROLE, row_factory=row_factory
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield connection
    except psycopg.OperationalError as error:
        raise LedgerUnavailableError.because(error) from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise NotMigratedError(
            "the database has no ledger of this version",
            do="start muster once (`make up`), or: muster ledger migrate",
        ) from error
