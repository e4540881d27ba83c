"""Signed seals, budgets in calls, group commit, months that can go, and an owner nobody signs in as."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of the proof, the one function all writing goes through, and hand both to the owner."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    """Refuse: a ledger is not unmade.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("the ledger cannot be downgraded; restore a backup instead")
