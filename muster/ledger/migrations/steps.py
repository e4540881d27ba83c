"""What every migration does: run the SQL script beside it, and never go back."""

from pathlib import Path

from alembic import op


def run_script_beside(migration: str) -> None:
    """Run the `.sql` file of the same name.

    Args:
        migration: the migration's `__file__`.
    """
    script = Path(migration).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def refuse_to_go_back() -> None:
    """Refuse: a ledger is not unmade.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("the ledger cannot be downgraded; restore a backup instead")
