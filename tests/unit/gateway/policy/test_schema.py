"""Arguments must be exactly what the pinned definition says."""

from typing import Any

import pytest

from muster.gateway.policy.schema import check
from tests.unit.gateway.cases import REFUND, case, tool


def test_arguments_as_defined_pass() -> None:
    assert check(case()).outcome == "allow"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "'order_number' is a required property"),
        ({"order_number": 5}, "order_number: 5 is not of type 'string'"),
        (REFUND | {"also": 1}, "also is not an argument of shop__refund"),
        (REFUND | {"amount": float("nan")}, "nan is not a number or value that can be recorded"),
        (REFUND | {"amount": 2**53}, "9007199254740992 is not a number or value that can be recorded"),
        (REFUND | {"currency": "EU\0R"}, "a text holds a NUL character"),
        (REFUND | {"currency": "\ud800"}, "a text is not valid Unicode"),
        (REFUND | {"currency": "x" * 70_000}, "bytes long; 65536 is the limit"),
    ],
)
def test_other_arguments_are_denied_with_the_reason(arguments: dict[str, Any], reason: str) -> None:
    verdict = check(case(arguments=arguments))
    assert verdict.outcome == "deny"
    assert reason in verdict.reason


def test_a_definition_may_say_itself_that_it_takes_more() -> None:
    opened = tool(additionalProperties={"type": "integer"})
    assert check(case(about=opened, arguments=REFUND | {"also": 1})).outcome == "allow"
    assert check(case(about=opened, arguments=REFUND | {"also": "x"})).outcome == "deny"


def test_a_reference_that_leads_outside_is_never_followed() -> None:
    strange = tool(properties={"order_number": {"$ref": "https://example.com/schema"}})
    assert "refers to nothing" in check(case(about=strange, arguments={"order_number": "BL-1"})).reason


def test_too_deep_arguments_are_denied() -> None:
    deep: Any = "end"
    for _ in range(40):
        deep = [deep]
    assert "nest deeper" in check(case(arguments=REFUND | {"currency": deep})).reason


def test_listing_does_not_ask_for_arguments() -> None:
    assert check(case(arguments=None)).outcome == "allow"
