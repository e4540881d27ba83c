"""Approvals, rates, outside clients, and what agents wrote that nobody vouches for."""

from muster.ledger.migrations.steps import refuse_to_go_back, run_script_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of the gateway."""
    run_script_beside(__file__)


downgrade = refuse_to_go_back
