"""The HTTP door of intake: programs post work and ask where it stands."""

import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import wraps

from pydantic import SecretStr
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from muster.core.errors import CallerError, MusterError
from muster.intake.limits import LIMITS, Limits
from muster.intake.queue import enqueue
from muster.intake.routing import NoRouteError
from muster.intake.status import task_status
from muster.intake.webhook import DispatchRefusedError, FieldProblem, read_dispatch
from muster.ledger.errors import EventRefusedError, LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger

RETRY_AFTER_SECONDS = 5

Endpoint = Callable[[Request], Awaitable[Response]]


class KeyRefusedError(CallerError):
    """The installation asks for a key, and the request does not carry it."""


class TooLargeError(CallerError):
    """The body is larger than one request may be."""


class UnknownTaskError(CallerError):
    """There is no such task."""


def routes(
    ledger: Callable[[], PostgresLedger], *, key: SecretStr | None = None, limits: Limits = LIMITS
) -> list[BaseRoute]:
    """The routes `POST /api/v1/dispatch-task` and `GET /api/v1/tasks/{task_id}`.

    Args:
        ledger: gives the open ledger, or raises LedgerUnavailableError while there is none.
        key: what callers must send as a bearer token; none asked for when null.
        limits: how large a body may be.
    """

    async def dispatch(request: Request) -> Response:
        started = time.perf_counter()
        _check_key(request, key)
        body = await _body(request, limits.request_bytes)
        book = ledger()
        enqueued = await enqueue(book, read_dispatch(body, book.clock.now(), limits))
        answer = {
            "task_id": enqueued.task_id,
            "route": asdict(enqueued.route),
            "status": "duplicate" if enqueued.duplicate else "queued",
            "latency_ms": round((time.perf_counter() - started) * 1000, 1),
        }
        return JSONResponse(answer, 202, {"Location": f"/api/v1/tasks/{enqueued.task_id}"})

    async def show(request: Request) -> Response:
        _check_key(request, key)
        task_id = request.path_params["task_id"]
        status = await task_status(ledger(), task_id)
        if status is None:
            raise UnknownTaskError(f"there is no task {task_id}", do="use the task_id of the dispatch answer")
        shown = asdict(status)
        for name in ("created_at", "updated_at", "ended_at"):
            shown[name] = shown[name] and shown[name].isoformat()
        return JSONResponse(shown)

    return [
        Route("/api/v1/dispatch-task", _answering(dispatch), methods=["POST"]),
        Route("/api/v1/tasks/{task_id}", _answering(show), methods=["GET"]),
    ]


def _answering(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with every error a caller can act on answered as JSON."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except DispatchRefusedError as error:
            return _refusal(error, 400, error.problems)
        except NoRouteError as error:
            problem = FieldProblem("source", "is not known here")
            return _refusal(error, 400, [problem])
        except EventRefusedError as error:
            return _refusal(error, 400)
        except KeyRefusedError as error:
            return _refusal(error, 401, headers={"WWW-Authenticate": "Bearer"})
        except UnknownTaskError as error:
            return _refusal(error, 404)
        except TooLargeError as error:
            return _refusal(error, 413, headers={"Connection": "close"})
        except LedgerUnavailableError as error:
            return _refusal(error, 503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        except ClientDisconnect:
            return Response(status_code=400)

    return answer


def _refusal(
    error: MusterError,
    status: int,
    problems: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    said: dict[str, object] = {"what": error.what, "where": error.where, "do": error.do}
    if problems:
        said["fields"] = [asdict(problem) for problem in problems]
    return JSONResponse({"error": said}, status, headers)


def _check_key(request: Request, key: SecretStr | None) -> None:
    if key is None:
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = key.get_secret_value().encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), expected):
        raise KeyRefusedError(
            "the intake key is missing or wrong",
            where="header Authorization",
            do="send `Authorization: Bearer <MUSTER_INTAKE_KEY>`",
        )


async def _body(request: Request, most_bytes: int) -> bytes:
    """The whole body; reading stops as soon as it is too much."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise TooLargeError(
                f"the body is larger than {most_bytes} bytes",
                where="request body",
                do="send less, or by mail",
            )
    return bytes(body)
