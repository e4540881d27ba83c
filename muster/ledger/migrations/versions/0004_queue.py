"""The queue: indexes for what is free, functions that lease and end many tasks at once, and a bell."""

from muster.ledger.migrations.steps import refuse_to_go_back, run_script_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the indexes, functions and triggers of the queue."""
    run_script_beside(__file__)


downgrade = refuse_to_go_back
