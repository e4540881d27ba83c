"""What is locked, and what does not work."""

from pathlib import Path

import pytest

from muster.services.locked import is_below, locked_versions


def test_a_lock_is_read_without_its_hashes_and_conditional_packages(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(
        "anyio==4.1 \\\n    --hash=sha256:ab\n    # via httpx\n"
        "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:cd\n"
        "ruamel-yaml==0.18.1 \\\n    --hash=sha256:ef\n"
    )
    assert locked_versions(lock) == {"anyio": "4.1", "ruamel-yaml": "0.18.1"}


@pytest.mark.parametrize(
    ("version", "bound", "below"),
    [
        ("0.150.0", "0.151", True),
        ("0.151.0", "0.151", False),
        ("2.0.58", "2.1", True),
        ("3.9.1", "3.8.9", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, bound: str, below: bool) -> None:
    assert is_below(version, bound) is below
