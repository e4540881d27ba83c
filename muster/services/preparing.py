"""The databases brought to where this version needs them."""

import psycopg
from psycopg import sql

from muster.core.settings import Settings
from muster.ledger.errors import LedgerUnavailableError
from muster.services.database import database_url, embedded_postgres
from muster.services.errors import DatabaseRightsError
from muster.services.prefect_server import DATABASE


def bring_up_to_date(settings: Settings) -> None:
    """Applies the ledger's migrations; does nothing when all are applied.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
    """
    from muster.ledger.schema import migrate  # slow to import

    migrate(database_url(settings))


def make_prefect_database(settings: Settings) -> None:
    """Makes Prefect's database unless it is there.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
        DatabaseRightsError: the given user may not make it.
    """
    if settings.database_url is None:
        embedded_postgres(settings).create_database(DATABASE)
        return
    try:
        connection = psycopg.connect(settings.database_url, autocommit=True)
    except psycopg.OperationalError as error:
        raise LedgerUnavailableError.because(error) from error
    with connection:
        if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            return
        try:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        except psycopg.errors.InsufficientPrivilege:
            raise DatabaseRightsError(
                f"the database user may not make the database {DATABASE!r}, which Prefect needs",
                where="MUSTER_DATABASE_URL",
                do=f"have an administrator run: CREATE DATABASE {DATABASE} OWNER {connection.info.user}",
            ) from None
