"""What can be wrong with an export, by who must act."""

from muster.core.errors import CallerError, OperatorError, PlatformError


class ExportRequestError(CallerError):
    """What was asked to be exported cannot be: the request must be changed."""


class ExportFileError(OperatorError):
    """A file cannot be written; what was there before is as it was."""


class CollectorAwayError(PlatformError):
    """The collector could not be reached, or was busy for too long; what it took is known."""


class CollectorRefusedError(OperatorError):
    """The collector said no, and will say so again: its address, its rights or its limits are wrong."""
