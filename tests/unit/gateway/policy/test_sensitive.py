"""Some operations always wait for a person."""

from dataclasses import replace

from muster.gateway.policy.files import SensitivePolicy
from muster.gateway.policy.sensitive import check
from tests.unit.gateway.cases import POLICY, case


def test_a_destructive_operation_waits_for_a_person() -> None:
    assert check(case("destructive")).outcome == "needs_approval"


def test_a_message_that_leaves_the_company_need_not_wait() -> None:
    assert check(case("external")).outcome == "allow"


def test_a_single_tool_can_be_named() -> None:
    named = SensitivePolicy(tools=frozenset({"shop__refund"}))
    policy = replace(POLICY, sensitive=named)
    assert check(replace(case("read"), policy=policy)).outcome == "needs_approval"
