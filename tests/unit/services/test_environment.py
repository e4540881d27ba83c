"""The environment services are started with."""

from pathlib import Path

import pytest

from muster.core.settings import Settings, load_settings
from muster.services.environment import home_environment, settings_environment


def test_a_process_reads_back_the_settings_it_was_started_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path, http_port=1234, anthropic_api_key="key", teams_dir=tmp_path / "teams")
    for name, value in settings_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_other_peoples_programs_are_given_folders_inside_the_home(tmp_path: Path) -> None:
    folders = [value for name, value in home_environment(tmp_path).items() if name != "DO_NOT_TRACK"]
    assert folders
    assert all(Path(folder).is_dir() and Path(folder).is_relative_to(tmp_path) for folder in folders)
