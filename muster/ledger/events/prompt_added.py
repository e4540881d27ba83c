"""A version of an agent's prompt entered the registry."""

from typing import Literal

from muster.ledger.events.envelope import Event


class PromptAdded(Event):
    """A version of an agent's prompt entered the registry."""

    kind: Literal["prompt.added"] = "prompt.added"
    prompt_of: str
    version: int
    sha256: str
