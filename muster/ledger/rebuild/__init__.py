"""The present, made again from the record: to prove that it is what the record says, and to bring it back."""

from muster.ledger.rebuild.apply import Rebuilt, apply_state
from muster.ledger.rebuild.compare import Comparison, Difference, compare_state

__all__ = ["Comparison", "Difference", "Rebuilt", "apply_state", "compare_state"]
