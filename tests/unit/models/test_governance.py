"""The model table: a written decision that takes effect when it is saved, and stays when it is spoilt."""

import logging
import os
from pathlib import Path

import pytest

from muster.models.errors import ModelTableError, NoFallbackError, UnknownModelRoleError
from muster.models.governance import ModelTableFile, load_table

TABLE = "roles:\n  writer: {model: %s, max_tokens: 100}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(TABLE % "claude-haiku-5-5")
    return path


def save(path: Path, text: str) -> None:
    """Save as an editor does a moment later."""
    path.write_text(text)
    changed_at_ns = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(changed_at_ns, changed_at_ns))


def test_a_saved_change_is_in_force_with_the_next_call(path: Path) -> None:
    table = ModelTableFile(path)
    assert table.current().choice("writer").model == "claude-haiku-5-5"
    save(path, TABLE % "claude-sonnet-5-5")
    assert table.current().choice("writer").model == "claude-sonnet-5-5"


def test_a_broken_file_leaves_the_last_good_table_in_force_and_says_so_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = ModelTableFile(path)
    good = table.text
    save(path, "roles: [")
    with caplog.at_level(logging.ERROR):
        assert table.current().choice("writer").model == "claude-haiku-5-5"
        assert (table.text, table.current()) == (good, table.current())
    assert [record.message for record in caplog.records] == [
        f"the saved model table is not in force, the last good one stays: {table.problem}"
    ]
    save(path, TABLE % "claude-opus-5-5")
    assert table.current().choice("writer").model == "claude-opus-5-5"
    assert table.problem is None


def test_a_file_that_was_never_good_is_an_error_until_a_recorded_table_is_kept(path: Path) -> None:
    good = ModelTableFile(path).text
    save(path, "roles: {}\n")
    table = ModelTableFile(path)
    with pytest.raises(ModelTableError):
        table.current()
    table.keep(good)
    assert table.current().choice("writer").model == "claude-haiku-5-5"
    assert table.problem is not None
    save(path, TABLE % "claude-opus-5-5")
    assert table.current().choice("writer").model == "claude-opus-5-5"
    with pytest.raises(ModelTableError, match="another form"):
        table.keep('{"roles": 3}')


def test_the_same_decision_has_the_same_text_however_it_is_written(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("# who writes\nroles:\n  writer:\n    max_tokens: 100\n    model: claude-haiku-5-5\n")
    assert ModelTableFile(path).text == ModelTableFile(other).text
    other.write_text(TABLE % "claude-haiku-5-5" + "price_per_mtok: {x: {input: 1, output: 2}}\n")
    assert ModelTableFile(path).text != ModelTableFile(other).text


def test_an_unknown_role_names_the_known_ones(path: Path) -> None:
    with pytest.raises(UnknownModelRoleError) as refusal:
        ModelTableFile(path).current().choice("poet")
    assert "writer" in str(refusal.value.do)


def test_the_fallback_stands_in_with_everything_else_as_it_was(path: Path) -> None:
    save(path, "roles:\n  writer: {model: a, fallback: b, max_tokens: 100, effort: low, cache: off}\n")
    choice = load_table(path).choice("writer")
    second = choice.standing_in()
    assert (second.model, second.effort, second.cache, second.max_tokens) == ("b", "low", "off", 100)
    with pytest.raises(NoFallbackError):
        second.standing_in()
    assert load_table(path).models == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "line", "said", "do"),
    [
        ("roles: {a: ]\n", 1, "not YAML", ""),
        ("price_per_mtok: {}\n", 1, "roles", ""),
        ("roles: {}\n", 1, "roles", ""),
        ("roles:\n  a:\n    model: x\n", 2, "max_tokens", ""),
        ("roles:\n  a:\n    model: x\n    max_tokens: 0\n", 4, "greater than 0", ""),
        ("roles:\n  a:\n    model: x\n    max_token: 5\n", 4, "max_token", "did you mean `max_tokens`?"),
        ("roles:\n  a:\n    model: x\n    fallback: x\n    max_tokens: 5\n", 2, "model itself", ""),
        (
            "roles:\n  a:\n    model: x\n    max_tokens: 5\n    limits:\n      calls: 3\n",
            6,
            "calls",
            "calls_at_once",
        ),
        ("role:\n  a: 1\n", 1, "role", "did you mean `roles`?"),
        ("roles:\n  a:\n    model: x\n    max_tokens: 5\n    cache: yes\n", 5, "auto", ""),
    ],
)
def test_a_broken_table_says_what_is_wrong_in_which_line(
    path: Path, text: str, line: int, said: str, do: str
) -> None:
    path.write_text(text)
    with pytest.raises(ModelTableError) as refusal:
        load_table(path)
    problem = f"{refusal.value} {refusal.value.do or ''}"
    assert said in problem
    assert do in problem
    assert f"{path}:{line}" in problem


def test_a_missing_file_and_one_that_is_no_text_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelTableError, match="No such file"):
        load_table(tmp_path / "models.yaml")
    (tmp_path / "models.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelTableError, match="UTF-8"):
        load_table(tmp_path / "models.yaml")


def test_the_published_table_prices_every_model_of_every_role() -> None:
    from muster.core.settings import PROJECT_ROOT
    from muster.models.prices import cost_usd
    from muster.models.usage import TokenUsage

    table = ModelTableFile(PROJECT_ROOT / "data" / "policies" / "models.yaml").current()
    for model in table.models:
        assert cost_usd(table, model, TokenUsage(input_tokens=1_000)) > 0
