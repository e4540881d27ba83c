"""sandbox.yaml: what it may say, and what happens when it says something else."""

from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.sandbox.errors import SandboxPolicyError
from muster.sandbox.limits import SandboxPolicy, load_policy


def test_the_file_of_the_installation_says_the_defaults() -> None:
    assert load_policy(PROJECT_ROOT / "data" / "policies" / "sandbox.yaml") == SandboxPolicy()


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_policy(tmp_path / "sandbox.yaml") == SandboxPolicy()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("isolate: false", "isolate"),
        ("programs: {wall_seconds: 0}", "wall_seconds"),
        ("programs: {wall_seconds: 4000}", "wall_seconds"),
        ("programs: {network: true}", "network"),
        ("at_once: [", "YAML"),
    ],
)
def test_what_it_cannot_say_is_refused_with_its_place(tmp_path: Path, text: str, match: str) -> None:
    file = tmp_path / "sandbox.yaml"
    file.write_text(text)
    with pytest.raises(SandboxPolicyError, match=match) as caught:
        load_policy(file)
    assert caught.value.where == str(file)
