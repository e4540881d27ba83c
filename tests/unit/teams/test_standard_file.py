"""How the standard is read from disk, what is wrong with a file, and what stays in force meanwhile."""

import logging
import os
from pathlib import Path

import pytest

from muster.teams.errors import SpendingFileError
from muster.teams.standard import Standard
from muster.teams.standard_file import StandardFile, load_standard, standard_text
from muster.teams.standard_wording import StandardError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "standard.yaml"


@pytest.fixture
def kept(file: Path) -> StandardFile:
    return StandardFile(file, file.parent / "budgets.yaml")


def save(path: Path, text: str) -> None:
    """Write the file so that it is seen to have changed, however coarse the clock of the disk is."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def problems(file: Path, text: str) -> list[tuple[int, str, str]]:
    save(file, text)
    with pytest.raises(StandardError) as raised:
        load_standard(file)
    return [(one.line, one.what, one.do) for one in raised.value.problems]


def test_without_files_the_defaults_hold(kept: StandardFile) -> None:
    assert kept.current() == Standard()


@pytest.mark.parametrize(
    "text",
    ["# nothing yet\n", "limits:\nretry:\n", "limits:\n  facts:\nretry:\n  overload:\n    attempts:\n"],
)
def test_a_file_with_nothing_in_it_says_nothing_new(file: Path, text: str) -> None:
    save(file, text)
    assert load_standard(file) == Standard()


@pytest.mark.parametrize(
    ("text", "line", "what", "do"),
    [
        ("limits:\n  hand_offs: 3\n", 2, "limits.hand_offs is not a rule", "`handoffs`"),
        ("limit:\n  handoffs: 3\n", 1, "limit is not a rule", "`limits`"),
        ("retry:\n  overlod: {attempts: 3}\n", 2, "retry.overlod is not a rule", "`overload`"),
        ("retry:\n  overload:\n    tries: 3\n", 3, "retry.overload.tries is not a rule", "attempts"),
        ("retry:\n  overload: {attempts: 3, tehn: escalate}\n", 2, "overload.tehn", "`then`"),
        ("retry:\n  overload:\n    then: give_up\n", 3, "is 'give_up'", "'escalate'"),
        ("escalation:\n  confidence_below: 1.5\n", 2, "confidence_below is 1.5", "1 or less"),
        ("loop:\n  cycle: 1\n", 2, "loop.cycle is 1", "2 or more"),
        ("answer_within:\n  high_hours: 0\n", 2, "high_hours is 0", "above 0"),
        ("limits:\n  facts: many\n", 2, "limits.facts: ", "correct the value"),
        ("escalation:\n  confidence_below: 0.3\n", 1, "less than confidence_floor", "agree"),
        ("limits: 5\n", 1, "limits is 5", "write its rules below it: task_attempts"),
        ("retry:\n  overload: never\n", 2, "retry.overload is 'never'", "below it: attempts"),
        ("escalation:\n  confidence_below: .nan\n", 2, "confidence_below is nan", "1 or less"),
        ("version: 3\n", 1, "version does not belong", "counts the versions"),
        ("fleet: {usd_per_day: 5}\n", 1, "fleet does not belong", "budgets.yaml"),
        ("colour: blue\n", 1, "colour is not a rule", "remove it; rules here are retry"),
        ("- limits\n", 1, "not a mapping", "start it with a section"),
        ("limits: {handoffs: 3\nloop: 5\n", 2, "not valid YAML", "correct the YAML"),
        ("limits:\n  facts: 3\n  facts: 4\n", 3, "duplicate key", "correct the YAML"),
    ],
)
def test_a_problem_is_told_with_its_line_and_what_to_do(
    file: Path, text: str, line: int, what: str, do: str
) -> None:
    found = [one for one in problems(file, text) if what in one[1]]
    assert len(found) == 1, problems(file, text)
    assert found[0][0] == line
    assert do in found[0][2]


def test_every_problem_is_told_at_once_with_the_file(file: Path) -> None:
    save(file, "limits:\n  facts: 0\nloop:\n  cycles: 3\n")
    with pytest.raises(StandardError) as raised:
        load_standard(file)
    assert f"{file}:2:" in str(raised.value)
    assert f"{file}:4:" in str(raised.value)
    assert raised.value.exit_code == 3


def test_a_file_that_is_not_text_is_told(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StandardError, match="not UTF-8"):
        load_standard(file)


def test_a_saved_change_is_in_force_with_the_next_look(file: Path, kept: StandardFile) -> None:
    save(file, "limits: {handoffs: 2}\n")
    assert kept.current().limits.handoffs == 2
    save(file, "limits: {handoffs: 3}\n")
    assert kept.current().limits.handoffs == 3
    file.unlink()
    assert kept.current().limits.handoffs == 4


def test_the_fleets_limits_are_part_of_it_and_of_its_text(file: Path, kept: StandardFile) -> None:
    before = kept.text
    save(file.parent / "budgets.yaml", "usd_per_day: 7\n")
    assert str(kept.current().fleet.usd_per_day) == "7"
    assert kept.text != before


def test_a_broken_change_leaves_the_last_good_one_in_force_and_is_told_once(
    file: Path, kept: StandardFile, caplog: pytest.LogCaptureFixture
) -> None:
    save(file, "limits: {handoffs: 2}\n")
    text = kept.text
    save(file, "limits: {hand_offs: 9}\n")
    with caplog.at_level(logging.ERROR):
        assert [kept.current().limits.handoffs for _ in range(3)] == [2, 2, 2]
    assert len(caplog.records) == 1
    assert "the last good one stays" in caplog.text
    assert kept.problem is not None
    assert kept.problem.where == f"{file}:1"
    assert kept.text == text
    save(file, "limits: {handoffs: 3}\n")
    assert kept.current().limits.handoffs == 3
    assert kept.problem is None


def test_a_broken_budget_file_does_the_same(file: Path, kept: StandardFile) -> None:
    assert kept.current() == Standard()
    save(file.parent / "budgets.yaml", "usd_per_day: -1\n")
    assert kept.current() == Standard()
    assert isinstance(kept.problem, SpendingFileError)


def test_a_file_that_was_never_good_is_refused(file: Path, kept: StandardFile) -> None:
    save(file, "limits: {hand_offs: 9}\n")
    with pytest.raises(StandardError):
        kept.current()
    with pytest.raises(StandardError):
        _ = kept.text


def test_the_same_standard_has_the_same_text_however_it_is_written(file: Path, kept: StandardFile) -> None:
    save(file, "loop: {cycle: 3}\nretry:\n  network: {attempts: 5}\n  overload: {then: fallback}\n")
    save(file.parent / "budgets.yaml", "usd_per_day: 200.0\n")
    assert kept.text == standard_text(Standard())
    assert standard_text(kept.current().model_copy(update={"version": "standard@4"})) == kept.text
