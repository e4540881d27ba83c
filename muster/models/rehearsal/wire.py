"""What goes over the wire besides messages: error bodies and request ids."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Literal

import orjson
from starlette.responses import Response

SOURCE_HEADERS: Mapping[str, str] = {"x-muster-model-source": "rehearsal"}

ErrorType = Literal[
    "invalid_request_error",
    "authentication_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "overloaded_error",
    "api_error",
]


class ApiError(Exception):
    """An answer of the API that is an error: its status, type and message, and any extra headers."""

    def __init__(
        self, status: int, kind: ErrorType, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind: ErrorType = kind
        self.message = message
        self.headers = dict(headers or {})


def invalid(message: str) -> ApiError:
    """The 400 for a request that breaks the API's rules."""
    return ApiError(400, "invalid_request_error", message)


def new_request_id() -> str:
    """An id for one HTTP request, unlike any other."""
    return f"req_{secrets.token_hex(12)}"


def new_message_id() -> str:
    """An id for one answer, unlike any other."""
    return f"msg_{secrets.token_hex(12)}"


def json_response(
    body: object, request_id: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON response that carries the request id and says that it is a rehearsal."""
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={**SOURCE_HEADERS, "request-id": request_id, **(headers or {})},
    )


def error_response(error: ApiError, request_id: str) -> Response:
    """The API's error body for `error`."""
    body = {
        "type": "error",
        "error": {"type": error.kind, "message": error.message},
        "request_id": request_id,
    }
    return json_response(body, request_id, error.status, error.headers)
