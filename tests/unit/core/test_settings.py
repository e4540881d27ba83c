"""Settings come from the environment; a wrong one says which."""

import pytest

from muster.core.settings import SettingsError, load_settings


def test_without_a_key_the_rehearsal_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    assert load_settings().model_source == "rehearsal"


def test_with_a_key_claude_answers_and_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    settings = load_settings()
    assert settings.model_source == "claude"
    assert "sk-secret" not in repr(settings)


def test_a_port_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_HTTP_PORT", "web")
    with pytest.raises(SettingsError, match="MUSTER_HTTP_PORT"):
        load_settings()
