"""What can be wrong with a question about the past."""

from muster.core.errors import CallerError


class SettingError(CallerError):
    """The other setting cannot be: out of range, or written in no form that is known."""


class UnknownTeamError(CallerError):
    """The record has no work of a team of that name in the period."""


class NothingRecordedError(CallerError):
    """The record has no work in the period."""


class NeverRanError(CallerError):
    """A version or model that is asked about did no work in the period."""
