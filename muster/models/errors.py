"""What can go wrong at the door to a model."""

from muster.core.errors import OperatorError, PlatformError, TeamOwnerError


class ModelTableError(OperatorError):
    """`models.yaml` cannot be used."""


class UnknownModelRoleError(TeamOwnerError):
    """A manifest names a model role the table does not have."""


class UnpricedModelError(OperatorError):
    """A model has no known price, so its cost could not be reserved."""


class ModelCallError(PlatformError):
    """A model could not be asked, or did not answer properly."""

    def __init__(self, what: str, *, error_type: str, retryable: bool) -> None:
        super().__init__(what, do="see that the model server runs; queued work goes on when it is back")
        self.error_type = error_type
        """The API's own name for it, such as `overloaded_error`."""
        self.retryable = retryable
        """Whether asking again may help."""
        self.retry_after_seconds: float | None = None
        """What the server asked for; null when it did not say."""


class ModelKeyError(ModelCallError):
    """The model server does not accept the key."""

    exit_code = OperatorError.exit_code

    def __init__(self, what: str, *, error_type: str, retryable: bool) -> None:
        super().__init__(what, error_type=error_type, retryable=retryable)
        self.do = "set ANTHROPIC_API_KEY (and ANTHROPIC_BASE_URL) to a key the server accepts"
