"""The tables the code names are the tables the migrations make."""

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from muster.ledger.schema import migrate, sqlalchemy_url
from muster.ledger.tables import metadata


def test_the_declared_tables_are_exactly_the_migrated_ones(database_url: str) -> None:
    engine = sqlalchemy.create_engine(sqlalchemy_url(database_url), poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        ours = {"include_schemas": True, "include_name": _ours, "include_object": _no_indexes}
        differences = compare_metadata(MigrationContext.configure(connection, opts=ours), metadata)
    assert differences == []


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate(database_url)


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "schema" or name in {"ledger", "state"}


def _no_indexes(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    partition = reflected and kind == "table" and str(name).startswith("events_")
    return kind != "index" and not partition
