"""The gateway's part of the standard, read while it runs."""

import logging
import os
from pathlib import Path

import pytest

from muster.gateway.errors import PolicyFileError
from muster.gateway.policy.autonomy_file import AutonomyFile, AutonomyRules
from muster.ledger.events import Effect
from muster.teams.standard_rules import Autonomy


def saved(path: Path, text: str, at_seconds: int) -> None:
    path.write_text(text)
    os.utime(path, (at_seconds, at_seconds))


def test_without_a_file_the_standards_own_defaults_hold(tmp_path: Path) -> None:
    rules = AutonomyFile.opened(tmp_path / "standard.yaml").current()
    assert rules == AutonomyRules()
    assert (rules.starts_in, rules.edge_effects) == (
        Autonomy().starts_in,
        frozenset[Effect](Autonomy().edge_effects),
    )


def test_a_saved_change_holds_at_once_and_other_sections_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "standard.yaml"
    file = AutonomyFile.opened(path)
    saved(path, "retry: {overload: {attempts: 9}}\nautonomy: {starts_in: edge, tasks_for_promotion: 5}", 1)
    assert file.current().starts_in == "edge"
    path.unlink()
    assert file.current() == AutonomyRules()


def test_a_broken_file_changes_nothing_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "standard.yaml"
    saved(path, "autonomy: {edge_effects: [read]}", 1)
    file = AutonomyFile.opened(path)
    saved(path, "autonomy: {starts_in: boss}", 2)
    with caplog.at_level(logging.ERROR):
        assert file.current().edge_effects == {"read"}
        assert file.current().edge_effects == {"read"}
    assert [record.message.count("autonomy.starts_in") for record in caplog.records] == [1]


@pytest.mark.parametrize(
    ("text", "complaint"), [("a: [", "not YAML"), ("autonomy: {edge_effects: [fly]}", "edge_effects")]
)
def test_a_gateway_does_not_start_with_a_broken_one(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "standard.yaml").write_text(text)
    with pytest.raises(PolicyFileError, match=complaint):
        AutonomyFile.opened(tmp_path / "standard.yaml")
