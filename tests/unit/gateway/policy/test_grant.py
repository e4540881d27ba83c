"""Nothing is allowed that the manifest does not grant."""

from muster.gateway.policy.grant import check
from tests.unit.gateway.cases import case


def test_a_granted_tool_passes() -> None:
    assert check(case()).outcome == "allow"


def test_a_tool_that_is_not_granted_is_denied_like_one_that_does_not_exist() -> None:
    assert check(case(grants=frozenset())) == check(case(known=False))
    assert check(case(grants=frozenset())).outcome == "deny"


def test_a_grant_is_exact_and_no_prefix() -> None:
    assert check(case(grants=frozenset({"shop__", "shop", "shop__refun", "*"}))).outcome == "deny"


def test_an_agent_the_manifest_does_not_know_is_denied_everything() -> None:
    assert check(case(grants=None)).outcome == "deny"
