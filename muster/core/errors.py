"""Errors, grouped by who must act.

Every error says what was wrong, where, and what to do; the group decides the exit code of a command.
"""

from typing import ClassVar


class MusterError(Exception):
    """An error a person can act on.

    Raise a subclass of one of the four groups, never this class itself.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, what: str, *, where: str | None = None, do: str | None = None, **fields: object
    ) -> None:
        self.what = what
        self.where = where
        self.do = do
        self.fields = fields
        super().__init__(f"{what} ({where})" if where else what)


class CallerError(MusterError):
    """The request is wrong: whoever made it must change it."""

    exit_code = 2


class OperatorError(MusterError):
    """The installation or its configuration is wrong: the operator must mend it."""

    exit_code = 3


class TeamOwnerError(MusterError):
    """A team's manifest, prompt or golden set is wrong: the team's owner must mend it."""

    exit_code = 4


class PlatformError(MusterError):
    """Something of ours failed or is away: retry, and tell the platform's engineers if it stays."""

    exit_code = 5
