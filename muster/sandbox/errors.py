"""Errors of the sandbox, grouped by who must act."""

from muster.core.errors import CallerError, OperatorError, PlatformError


class SandboxUnavailableError(OperatorError):
    """This machine cannot isolate a program, so none is run."""


class SandboxPolicyError(OperatorError):
    """sandbox.yaml cannot be read, or says something it cannot say."""


class ProgramRefusedError(CallerError):
    """The program or its inputs are not of a form that is run."""


class SandboxBrokenError(PlatformError):
    """The sandbox itself failed before the program could begin."""
