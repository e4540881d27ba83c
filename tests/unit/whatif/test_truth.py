"""What a scored outcome says about an end that did not happen."""

import pytest

from muster.ledger.events import OutcomeScored
from muster.whatif.truth import let_through, looked_at


def scored(expected: str, actual: str, *mistakes: str) -> OutcomeScored:
    return OutcomeScored(
        scorer="test", correct=not mistakes, expected=expected, actual=actual, mistakes=mistakes
    )


def test_a_person_sees_what_was_wrong_and_only_that() -> None:
    assert looked_at(scored("completed", "completed", "paid twice")) == -1
    assert looked_at(scored("completed", "completed")) == 0
    assert looked_at(None) is None


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (scored("escalated", "escalated"), 1),
        (scored("completed", "escalated", "wrong end state: escalated, expected completed"), 0),
        (scored("completed", "escalated", "wrong end state", "missing effect: a letter"), 1),
        (None, None),
    ],
)
def test_letting_through_is_wrong_where_a_person_was_due(
    outcome: OutcomeScored | None, more: int | None
) -> None:
    assert let_through(outcome) == more
