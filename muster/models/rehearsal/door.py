"""What a request must bring before it is read: version header, key, and a body of bearable size."""

from __future__ import annotations

import secrets

from pydantic import SecretStr
from starlette.requests import Request

from muster.models.rehearsal.wire import ApiError, invalid


def check_key(request: Request, key: SecretStr | None) -> None:
    """Refuse a request without the version header, or without the right key where one is set.

    Raises:
        ApiError: 400 or 401.
    """
    if "anthropic-version" not in request.headers:
        raise invalid("anthropic-version: header is required")
    if key is None:
        return
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    given = request.headers.get("x-api-key") or bearer
    if not given:
        raise ApiError(401, "authentication_error", "x-api-key header is required")
    if not secrets.compare_digest(given.encode(), key.get_secret_value().encode()):
        raise ApiError(401, "authentication_error", "invalid x-api-key")


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body.

    Raises:
        ApiError: 413, when it is larger than the limit, announced or not.
    """
    too_large = ApiError(413, "request_too_large", f"Request exceeds the maximum size of {limit_bytes} bytes")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise too_large
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit_bytes:
            raise too_large
    return bytes(body)
