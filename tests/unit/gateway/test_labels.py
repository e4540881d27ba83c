"""How far an answer can be believed."""

import pytest

from muster.gateway.labels import Trust, trust_of
from muster.gateway.registration import ArgumentRoles, Returns


@pytest.mark.parametrize(
    ("returns", "trust"),
    [
        (Returns(), "untrusted"),
        (Returns(confidential=True), "untrusted"),
        (Returns(trusted={"vendors[].iban": "iban"}), "mixed"),
        (Returns(trusted={"$": "time"}), "trusted"),
        (Returns(everything=True), "trusted"),
    ],
)
def test_an_answer_is_believed_as_far_as_it_is_registered(returns: Returns, trust: Trust) -> None:
    assert trust_of(ArgumentRoles(returns=returns)) == trust
