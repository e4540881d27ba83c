"""Alembic's way into the ledger's migrations; the connection is handed over by `muster.ledger.schema`."""

from alembic import context

from muster.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    version_table="schema_version",
    version_table_schema="public",
)
with context.begin_transaction():
    context.run_migrations()
