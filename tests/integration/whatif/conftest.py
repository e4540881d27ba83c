"""The policy of the company the told day belongs to."""

from decimal import Decimal
from pathlib import Path

import pytest

from muster.gateway.policy.files import Policy, load_policy

MONEY = """\
currency: EUR
rates: {USD: "0.9"}
bands:
  - {name: alone, below: "1000", verdict: allow}
  - {name: asks, verdict: needs_approval}
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder of policies: an agent alone commits less than 1,000 EUR to one payee in a day."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "money.yaml").write_text(MONEY)
    return folder


@pytest.fixture
def policy(policies: Path) -> Policy:
    assert Decimal(1000) == load_policy(policies).money.bands[0].below
    return load_policy(policies)
