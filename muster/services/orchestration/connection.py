"""The door to Prefect's API: its failures in our words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from muster.services.errors import PrefectAwayError

NOT_ANSWERING = (httpx.TransportError, PrefectHTTPStatusError)
"""What a Prefect client raises when the server, or the database behind it, is gone."""


@asynccontextmanager
async def prefect_client(*, retries: int = 2) -> AsyncIterator[PrefectClient]:
    """A client whose calls are tried again `retries` times.

    Raises:
        PrefectAwayError: the server does not answer, or refuses us.
    """
    try:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: retries}):
            async with get_client() as client:
                yield client
    except NOT_ANSWERING as error:
        raise away(error) from error


def away(error: Exception) -> PrefectAwayError:
    """The error a person can act on."""
    where = str(PREFECT_API_URL.value())
    if isinstance(error, PrefectHTTPStatusError) and error.response.status_code in (401, 403):
        return PrefectAwayError(
            "the Prefect server refuses the sign-in",
            where=where,
            do="another Prefect may hold the port: see `muster status`, or set MUSTER_PREFECT_PORT",
        )
    said = f"HTTP {error.response.status_code}" if isinstance(error, PrefectHTTPStatusError) else "no answer"
    return PrefectAwayError(
        f"the Prefect server is away ({said})",
        where=where,
        do="start it with `make up`, or see `muster status`",
    )
