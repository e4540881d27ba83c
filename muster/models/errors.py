"""What can go wrong at the door to a model."""

from typing import Literal

from muster.core.errors import OperatorError, PlatformError, TeamOwnerError

ModelErrorClass = Literal["overload", "rate_limit", "network", "timeout", "server_error", "broken_json"]
"""What the standard's retry table calls a failure for which asking again may help."""


class ModelTableError(OperatorError):
    """`models.yaml` cannot be used."""


class UnknownModelRoleError(TeamOwnerError):
    """A manifest names a model role the table does not have."""


class NoFallbackError(OperatorError):
    """A role has no second model to stand in."""


class UnpricedModelError(OperatorError):
    """A model has no known price, so its cost could not be reserved."""


class ModelCallError(PlatformError):
    """A model could not be asked, or did not answer properly."""

    def __init__(
        self,
        what: str,
        *,
        error_type: str,
        error_class: ModelErrorClass | None = None,
        retryable: bool | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        """
        Args:
            retryable: for whoever only knows that asking again may help; the class is then told by the type.
        """
        super().__init__(what, do="see that the model server runs; queued work goes on when it is back")
        self.error_type = error_type
        """The API's own name for it, such as `overloaded_error`."""
        self.error_class = _CLASSES.get(error_type, "server_error") if retryable else error_class
        """The row of the standard's retry table; null when asking again is useless."""
        self.retry_after_seconds = retry_after_seconds
        """What the server asked for; null when it did not say."""

    @property
    def retryable(self) -> bool:
        """Whether asking again may help."""
        return self.error_class is not None


class ModelKeyError(ModelCallError):
    """The model server does not accept the key."""

    exit_code = OperatorError.exit_code

    def __init__(self, what: str, *, error_type: str, retryable: Literal[False] = False) -> None:
        super().__init__(what, error_type=error_type, retryable=retryable)
        self.do = "set ANTHROPIC_API_KEY (and ANTHROPIC_BASE_URL) to a key the server accepts"


_CLASSES: dict[str, ModelErrorClass] = {
    "overloaded_error": "overload",
    "rate_limit_error": "rate_limit",
    "connection_error": "network",
    "timeout_error": "timeout",
}
