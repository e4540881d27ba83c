"""Halts of the whole fleet, tasks that wait, prompts by transaction type, policies and phases as versions."""

from muster.ledger.migrations.steps import refuse_to_go_back, run_script_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and teach the writing functions that the fleet can be paused."""
    run_script_beside(__file__)


downgrade = refuse_to_go_back
