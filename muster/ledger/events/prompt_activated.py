"""A version of a prompt is the one that agents get from now on."""

from typing import Literal

from muster.ledger.events.envelope import Event


class PromptActivated(Event):
    """A version of a prompt is the one that agents get from now on."""

    kind: Literal["prompt.activated"] = "prompt.activated"
    prompt_of: str
    """`team/agent`."""
    transaction_type: str = ""
    """The kind of work it is for; empty for the agent's general prompt."""
    version: int | None
    """Null when this kind of work has no prompt of its own any more: the general one counts."""
    previous_version: int | None = None
    """Null when there was none before."""
    reason: str
