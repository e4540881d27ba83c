"""A model's answer did not fit and was sent back to it with the reason."""

from typing import Literal

from muster.ledger.events.envelope import Event, NonNegative


class AnswerRejected(Event):
    """A model's answer did not fit and was sent back to it with the reason."""

    kind: Literal["answer.rejected"] = "answer.rejected"
    error_class: str
    """As the standard's retry table calls it, such as `broken_json` or `unknown_tool`."""
    problem: str
    """What the model was told."""
    attempt: NonNegative
    """1 for the first answer of its kind in the agent's turn."""
