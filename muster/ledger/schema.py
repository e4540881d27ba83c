"""Brings a database to the schema this version of muster needs."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.sql import load


def migrate(url: str) -> None:
    """Apply every migration the database at `url` does not have yet; safe to call at each start.

    Raises:
        LedgerUnavailableError: the database cannot be reached.
    """
    engine = sqlalchemy.create_engine(sqlalchemy_url(url), poolclass=sqlalchemy.NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(7234501)"))
            connection.exec_driver_sql(load("muster.ledger", "take_ownership"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.exec_driver_sql(load("muster.ledger", "give_up_ownership"))
    except OperationalError as error:
        raise LedgerUnavailableError.because(error) from error


def sqlalchemy_url(url: str) -> str:
    """`url` as SQLAlchemy wants it: through psycopg 3."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
        "postgres://", "postgresql+psycopg://", 1
    )
