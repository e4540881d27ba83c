"""How far sealing is behind recording."""

from datetime import datetime, timedelta
from typing import Final

import psycopg

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.sql import load

SEALED_WITHIN: Final = timedelta(minutes=10)
"""An event that has waited longer than this for its seal is late: seals come every few minutes."""


def oldest_unsealed_at(url: str) -> datetime | None:
    """When the oldest event that no seal covers was recorded; None when there is none, or no ledger.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
    """
    try:
        with psycopg.connect(url, options="-c role=muster_reader", connect_timeout=3) as connection:
            row = connection.execute(load("muster.ledger", "oldest_unsealed")).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    except psycopg.OperationalError as error:
        raise LedgerUnavailableError.because(error) from error
    return None if row is None else row[0]
