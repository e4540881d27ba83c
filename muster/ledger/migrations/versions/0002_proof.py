"""Signed seals, budgets in calls, group commit, months that can go, and an owner nobody signs in as."""

from muster.ledger.migrations.steps import refuse_to_go_back, run_script_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of the proof, the one function all writing goes through, and hand both to the owner."""
    run_script_beside(__file__)


downgrade = refuse_to_go_back
