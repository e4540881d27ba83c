"""The first schema."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create both schemas, the append functions and the roles."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    """Refuse: a ledger is not unmade.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("the ledger cannot be downgraded; restore a backup instead")
