"""The cases beside the policy, and what judging them finds."""

from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.gateway.errors import PolicyFileError, RegistrationError
from muster.gateway.grants import grants_in
from muster.gateway.policy.files import load_policy
from muster.gateway.policy_cases import CaseResult, PolicyCase, judged_case, load_cases, wrong_ones
from muster.gateway.registration import load_registration
from muster.teams.manifest import load_manifest

POLICIES = PROJECT_ROOT / "data" / "policies"
POLICY = load_policy(POLICIES)
REGISTRATION = load_registration(PROJECT_ROOT / "data" / "demo" / "tools.yaml")
GRANTS = {
    f"{folder.name}/{name}": grant
    for folder in (PROJECT_ROOT / "data" / "teams").iterdir()
    for name, grant in grants_in(load_manifest(folder).model_dump(mode="json")).items()
}
CASES = load_cases(POLICIES / "cases.yaml")


def judged(case: PolicyCase) -> CaseResult:
    return judged_case(case, POLICY, REGISTRATION, GRANTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_policy_decides_as_its_own_cases_say(case: PolicyCase) -> None:
    result = judged(case)
    assert result.right, result.decision.verdict


def test_a_case_that_is_decided_otherwise_is_found() -> None:
    allowed = next(case for case in CASES if case.expect == "allow")
    turned = allowed.model_copy(update={"expect": "deny"})
    assert wrong_ones([judged(allowed), judged(turned)]) == [judged(turned)]


def test_the_deciding_rule_counts_where_a_case_names_one() -> None:
    held = next(case for case in CASES if case.rule == "provenance")
    assert not judged(held.model_copy(update={"rule": "phase"})).right


def test_a_tool_nobody_registered_is_named() -> None:
    with pytest.raises(RegistrationError, match="nobody registered shop__fly"):
        judged(CASES[0].model_copy(update={"call": "shop__fly"}))


def test_a_case_that_says_something_unknown_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text("cases: [{case: a, agent: a/b, call: x__y, expect: perhaps}]")
    with pytest.raises(PolicyFileError, match=r"cases\.0\.expect"):
        load_cases(path)
