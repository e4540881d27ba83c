"""Where a ledger under test keeps its key and its checkpoint."""

from pathlib import Path

import pytest

from muster.ledger.home import LedgerHome
from tests.integration.ledger.sealing import home_in


@pytest.fixture
def ledger_home(tmp_path: Path) -> LedgerHome:
    """A home that nothing was put into yet."""
    return home_in(tmp_path)
