"""A question was put into a batch; its answer is fetched, not asked for again."""

from typing import Literal

from muster.ledger.events.envelope import Event


class ModelCallBatched(Event):
    """A question was put into a batch; its answer is fetched, not asked for again."""

    kind: Literal["model_call.batched"] = "model_call.batched"
    call_id: str
    intent_id: str
    """The event id of the intent."""
    batch_id: str
    """The model server's name for the batch."""
    custom_id: str
    """The question's name in the batch."""
    model: str
    request_sha256: str
