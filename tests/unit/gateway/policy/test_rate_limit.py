"""For whom and for what a limit holds."""

import pytest
from pydantic import ValidationError

from muster.gateway.policy.rate_limit import RateLimit
from muster.gateway.rates import like


@pytest.mark.parametrize(
    ("tools", "agents", "holds"),
    [
        ("*", "*", True),
        ("mail__*", "*", True),
        ("mail__send_message", "support/*", True),
        ("mail__send_messag?", "support/clerk", True),
        ("erp__*", "*", False),
        ("*", "client/*", False),
        ("mail__", "*", False),
    ],
)
def test_a_limit_holds_for_whom_it_names(tools: str, agents: str, holds: bool) -> None:
    limit = RateLimit(tools=tools, agents=agents, calls=1, per_seconds=1)
    assert limit.holds_for("support/clerk", "mail__send_message") is holds


@pytest.mark.parametrize(
    "wrong", [{"calls": 0}, {"per_seconds": 0}, {"tools": ""}, {"tools": "mail[a]"}, {"burst": 3}]
)
def test_a_limit_that_says_nothing_sensible_is_not_taken(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RateLimit.model_validate({"calls": 1, "per_seconds": 60} | wrong)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*", "%"), ("mail__*", r"mail\_\_%"), ("a?c", "a_c"), ("mcp:shop/x", "mcp:shop/x")],
)
def test_a_pattern_is_said_in_the_words_of_the_database(pattern: str, expected: str) -> None:
    assert like(pattern) == expected
