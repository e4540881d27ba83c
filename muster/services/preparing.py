"""The database brought to where this version needs it, before any service uses it."""

import psycopg
from psycopg import sql

from muster.core.settings import Settings
from muster.ledger.schema import migrate
from muster.services.database import database_url, embedded_postgres
from muster.services.errors import DatabaseRightsError
from muster.services.prefect_server import DATABASE


def prepare_database(settings: Settings) -> None:
    """Applies the ledger's migrations and makes Prefect's database; does nothing when all is there.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
        DatabaseRightsError: the given user may not make Prefect's database.
    """
    migrate(database_url(settings))
    if settings.database_url is None:
        embedded_postgres(settings).create_database(DATABASE)
        return
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
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
