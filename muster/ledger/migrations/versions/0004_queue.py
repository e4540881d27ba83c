"""The queue: indexes for what is free, functions that lease and end many tasks at once, and a bell."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the indexes, functions and triggers of the queue."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    """Refuse: a ledger is not unmade.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("the ledger cannot be downgraded; restore a backup instead")
