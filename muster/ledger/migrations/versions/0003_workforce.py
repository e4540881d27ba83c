"""Halts of the whole fleet, tasks that wait, prompts by transaction type, policies and phases as versions."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and teach the writing functions that the fleet can be paused."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    """Refuse: a ledger is not unmade.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("the ledger cannot be downgraded; restore a backup instead")
