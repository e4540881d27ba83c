"""The HTTP side: who may ask, what goes wrong on purpose, and how an answer is sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from muster.models.rehearsal import catalogue
from muster.models.rehearsal.actor import Actor
from muster.models.rehearsal.batches import BatchShelf
from muster.models.rehearsal.cache import PromptCache, prompt_tokens
from muster.models.rehearsal.conversation import Conversation, read_conversation
from muster.models.rehearsal.door import check_key, read_body
from muster.models.rehearsal.reply import Block, Reply, message_body, refusal
from muster.models.rehearsal.request import MessagesRequest, parse_request
from muster.models.rehearsal.settings import RehearsalSettings
from muster.models.rehearsal.stream import events
from muster.models.rehearsal.trouble import Trouble
from muster.models.rehearsal.wire import (
    SOURCE_HEADERS,
    ApiError,
    ErrorType,
    error_response,
    json_response,
    new_message_id,
    new_request_id,
)


class RehearsalServer:
    """The Messages API, rehearsed."""

    def __init__(self, settings: RehearsalSettings) -> None:
        self._settings = settings
        self._actor = Actor(settings)
        self._trouble = Trouble(settings)
        self._cache = PromptCache(time.monotonic)
        self._batches = BatchShelf(self._message, settings.batch_seconds)

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/healthz", self._health, methods=["GET"]),
                Route("/v1/messages", self._messages, methods=["POST"]),
                Route("/v1/messages/count_tokens", self._count_tokens, methods=["POST"]),
                Route("/v1/messages/batches", self._new_batch, methods=["POST"]),
                Route("/v1/messages/batches/{batch_id}", self._batch, methods=["GET"]),
                Route("/v1/messages/batches/{batch_id}/results", self._results, methods=["GET"]),
                Route("/v1/models", self._models, methods=["GET"]),
                Route("/v1/models/{model_id}", self._model, methods=["GET"]),
            ],
            exception_handlers={ApiError: _on_api_error, HTTPException: _on_http_error},
        )

    async def _health(self, _: Request) -> Response:
        body = {"status": "ok", "model_source": "rehearsal", "seed": self._settings.seed}
        return json_response(body, new_request_id())

    async def _models(self, request: Request) -> Response:
        check_key(request, self._settings.api_key)
        return json_response(catalogue.listing(), new_request_id())

    async def _model(self, request: Request) -> Response:
        check_key(request, self._settings.api_key)
        return json_response(catalogue.entry(request.path_params["model_id"]), new_request_id())

    async def _count_tokens(self, request: Request) -> Response:
        check_key(request, self._settings.api_key)
        asked = parse_request(await read_body(request, self._settings.max_body_bytes), counting=True)
        return json_response({"input_tokens": prompt_tokens(asked)}, new_request_id())

    async def _messages(self, request: Request) -> Response:
        check_key(request, self._settings.api_key)
        asked = parse_request(await read_body(request, self._settings.max_body_bytes))
        talk = read_conversation(asked)
        self._trouble.maybe_raise(talk, request.headers.get("x-stainless-retry-count", "0"))
        reply = self._reply(asked, talk)
        charged = self._cache.charge(asked)
        wait_seconds = self._trouble.latency_seconds(talk)
        message_id, request_id = new_message_id(), new_request_id()
        if asked.stream:
            pieces = list(events(reply, message_id, asked.model, charged))
            headers = {**SOURCE_HEADERS, "request-id": request_id, "cache-control": "no-cache"}
            return StreamingResponse(
                _paced(pieces, wait_seconds), media_type="text/event-stream", headers=headers
            )
        await asyncio.sleep(wait_seconds)
        return json_response(message_body(reply, message_id, asked.model, charged), request_id)

    async def _new_batch(self, request: Request) -> Response:
        check_key(request, self._settings.api_key)
        body = await read_body(request, self._settings.max_body_bytes)
        return json_response(self._batches.create(body, _address(request)), new_request_id())

    async def _batch(self, request: Request) -> Response:
        check_key(request, self._settings.api_key)
        state = self._batches.state(request.path_params["batch_id"], _address(request))
        return json_response(state, new_request_id())

    async def _results(self, request: Request) -> Response:
        check_key(request, self._settings.api_key)
        lines = self._batches.results(request.path_params["batch_id"])
        headers = {**SOURCE_HEADERS, "request-id": new_request_id()}
        return Response(lines, media_type="application/x-jsonl", headers=headers)

    def _message(self, asked: MessagesRequest) -> Block:
        """The message a request of a batch is answered with."""
        reply = self._reply(asked, read_conversation(asked))
        return message_body(reply, new_message_id(), asked.model, self._cache.charge(asked))

    def _reply(self, asked: MessagesRequest, talk: Conversation) -> Reply:
        return refusal() if self._trouble.refuses(talk) else self._actor.reply(asked, talk)


def _address(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _paced(pieces: list[bytes], seconds: float) -> AsyncIterator[bytes]:
    """The pieces, the first after half the time and the rest spread over the other half."""
    await asyncio.sleep(seconds / 2)
    groups = 4
    size = -(-len(pieces) // groups)
    for start in range(0, len(pieces), size):
        yield b"".join(pieces[start : start + size])
        await asyncio.sleep(seconds / 2 / groups)


async def _on_api_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return error_response(error, new_request_id())


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    message = f"{request.method} {request.url.path} is not part of this API"
    kind: ErrorType = "not_found_error" if error.status_code == 404 else "invalid_request_error"
    return error_response(ApiError(error.status_code, kind, message), new_request_id())
