"""No check of the MCP project's conformance harness is lost on the way through the gateway."""

import json
import subprocess
import sys

import pytest

from muster.core.settings import PROJECT_ROOT
from tests.conformance.__main__ import NO_HARNESS


@pytest.mark.parametrize(
    ("suite", "upstream", "checks"),
    [("0.2.0-alpha.12 at 2026-07-28", "stdio", 152), ("0.2.0-alpha.12 at 2025-11-25", "http-2025", 84)],
)
def test_no_check_of_the_harness_is_lost_through_the_gateway(suite: str, upstream: str, checks: int) -> None:
    """One era over each transport; `make conformance` compares all of them."""
    command = [sys.executable, "-m", "tests.conformance", "--json", "--suite", suite, "--upstream", upstream]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=900)
    if done.returncode == NO_HARNESS:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    (compared,) = json.loads(done.stdout)
    assert compared["direct"] == {"passed": checks, "failed": 0}
    assert compared["lost"] == []
    assert compared["through"]["failed"] == 0
