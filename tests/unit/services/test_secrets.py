"""Passwords the installation makes for itself."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muster.services.errors import SecretError
from muster.services.secrets import kept_secret


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "secrets", "owner")
    assert kept_secret(tmp_path / "secrets", "owner") == first
    assert kept_secret(tmp_path / "secrets", "other") != first
    assert first.isalnum()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    kept_secret(tmp_path / "secrets", "owner")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "owner").stat().st_mode & 0o777 == 0o600


def test_of_many_who_ask_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: kept_secret(tmp_path, "owner"), range(64)))
    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["owner"]


def test_an_empty_file_is_not_taken_for_a_password(tmp_path: Path) -> None:
    (tmp_path / "owner").touch()
    with pytest.raises(SecretError, match="empty"):
        kept_secret(tmp_path, "owner")
