"""Money an act commits."""

from pydantic import BaseModel, ConfigDict


class Commitment(BaseModel):
    """Money an act commits."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    amount: str
    """In `currency`, which is the policy's."""
    currency: str
    payees: tuple[str, ...] = ()
    """Everything that says whom it goes to, spelt one way; empty when nothing does."""
    payment: str | None = None
    """SHA-256 of tool and arguments where a key is honoured: the same again is one payment; null else."""
