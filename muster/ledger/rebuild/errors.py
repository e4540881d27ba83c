"""Why the present is not rebuilt."""

from collections.abc import Sequence

from muster.core.errors import OperatorError


class WorkUnderWayError(OperatorError):
    """Somebody is at work; rebuilding now would take the work out of their hands."""

    def __init__(self, signs: Sequence[str]) -> None:
        super().__init__(
            f"work is under way: {', '.join(signs)}",
            do="stop `muster up` and wait a minute, or rebuild all the same with --force",
        )
        self.signs = tuple(signs)


class RecordIncompleteError(OperatorError):
    """Months of the record are not in the database; what they explain cannot be rebuilt from the rest."""

    def __init__(self, partitions: Sequence[str]) -> None:
        super().__init__(
            f"the events of {', '.join(partitions)} are not in the database any more",
            do="restore these tables into the schema `ledger` (they need not be attached), then try again",
        )
        self.partitions = tuple(partitions)


class RebuildRefusedError(OperatorError):
    """The database does not let this user write what is the ledger's own."""
