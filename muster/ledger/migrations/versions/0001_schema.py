"""The first schema."""

from muster.ledger.migrations.steps import refuse_to_go_back, run_script_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create both schemas, the append functions and the roles."""
    run_script_beside(__file__)


downgrade = refuse_to_go_back
