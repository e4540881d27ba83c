"""The model table: a written decision that takes effect when it is saved."""

import os
from pathlib import Path

import pytest

from muster.models.errors import ModelTableError, UnknownModelRoleError
from muster.models.governance import ModelTableFile

TABLE = "version: 1\nroles:\n  writer: {model: %s, max_tokens: 100}\n"


def test_a_saved_change_is_in_force_with_the_next_call(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(TABLE % "claude-haiku-5-5")
    table = ModelTableFile(path)
    assert table.current().choice("writer").model == "claude-haiku-5-5"
    path.write_text(TABLE % "claude-sonnet-5-5")
    os.utime(path, ns=(1, 1))
    assert table.current().choice("writer").model == "claude-sonnet-5-5"


def test_an_unknown_role_names_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(TABLE % "claude-haiku-5-5")
    with pytest.raises(UnknownModelRoleError) as refusal:
        ModelTableFile(path).current().choice("poet")
    assert "writer" in str(refusal.value.do)


@pytest.mark.parametrize(
    ("text", "said"),
    [("roles: [", "not YAML"), ("version: 1\n", "roles"), ("version: x\nroles: {}\n", "version")],
)
def test_a_broken_table_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(text)
    with pytest.raises(ModelTableError, match=said):
        ModelTableFile(path).current()


def test_the_published_table_prices_every_role() -> None:
    from muster.core.settings import PROJECT_ROOT
    from muster.models.prices import cost_usd
    from muster.models.usage import TokenUsage

    table = ModelTableFile(PROJECT_ROOT / "data" / "policies" / "models.yaml").current()
    for choice in table.roles.values():
        assert cost_usd(table, choice.model, TokenUsage(input_tokens=1_000)) > 0
