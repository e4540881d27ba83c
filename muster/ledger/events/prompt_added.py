"""A version of an agent's prompt entered the registry."""

from typing import Literal

from muster.ledger.events.envelope import Event


class PromptAdded(Event):
    """A version of an agent's prompt entered the registry."""

    kind: Literal["prompt.added"] = "prompt.added"
    prompt_of: str
    """`team/agent`."""
    transaction_type: str = ""
    """The kind of work it is for; empty for the agent's general prompt."""
    version: int
    """Counts up for each agent and transaction type."""
    sha256: str
    origin: Literal["files", "hand"] = "files"
    """`files`: it came with a deployment; `hand`: a person added it."""
    text: str | None = None
    """The whole of it; null in records made before it was kept."""
