"""The policy as people write it."""

from pathlib import Path

import pytest

from muster.gateway.errors import PolicyFileError
from muster.gateway.policy.files import load_policy

MONEY = "currency: EUR\nrates: {}\nbands: [{name: all, verdict: needs_approval}]\n"


def test_without_the_other_files_their_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / "money.yaml").write_text(MONEY)
    policy = load_policy(tmp_path)
    assert policy.sensitive.effects == {"destructive"}
    assert policy.limits.calls_per_run == 60


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("currency: EUR\nrates: {}\nbands: [{name: a, below: 5, verdict: allow}]", "last band"),
        (MONEY + "colour: red", "colour"),
        ("currency: Euro\nrates: {}\nbands: [{name: a, verdict: allow}]", "currency"),
        (MONEY.replace("{}", "{USD: 0}"), "rates.USD"),
        ("a: [", "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_field(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "money.yaml").write_text(text)
    with pytest.raises(PolicyFileError, match=complaint):
        load_policy(tmp_path)


def test_a_missing_money_policy_is_an_error_and_not_a_default(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match=r"money\.yaml"):
        load_policy(tmp_path)
