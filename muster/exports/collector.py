"""A place that takes traces by OTLP over HTTP: a Collector of OpenTelemetry, Phoenix, Jaeger, Tempo."""

import gzip
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import httpx
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from muster.exports.errors import CollectorAwayError, CollectorRefusedError, ExportRequestError

_PATH: Final = "/v1/traces"
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
"""What OTLP calls retryable."""
_TRIES: Final = 6
_LONGEST_WAIT: Final = 30.0
"""Seconds; a collector that wants more is busy for too long."""
_TIMEOUT: Final = 30.0
_FROM_ENVIRONMENT: Final = "env:"


class Collector:
    """Takes requests one after the other; each is taken whole, or an error says why not."""

    def __init__(
        self,
        endpoint: str,
        headers: Mapping[str, str] | None = None,
        *,
        wait: Callable[[float], None] = time.sleep,
        chance: random.Random | None = None,
    ) -> None:
        """
        Args:
            endpoint: the collector's base address, or the whole address of its traces.
            wait: waits so many seconds before another try.

        Raises:
            ExportRequestError: the endpoint is not an HTTP address.
        """
        self.url = traces_url(endpoint)
        self._wait = wait
        self._chance = chance or random.Random()  # noqa: S311 jitter, not a secret
        # a redirect could take the headers, and with them a secret, to somebody else
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, headers=dict(headers or {}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(self, request: ExportTraceServiceRequest) -> None:
        """Hand over the spans; after a busy or lost answer they are sent again, which doubles nothing.

        Raises:
            CollectorAwayError: it cannot be reached, or was busy to the last try.
            CollectorRefusedError: it said no, or took only some of the spans.
        """
        body = gzip.compress(request.SerializeToString(), compresslevel=4)
        for attempt in range(1, _TRIES + 1):
            trouble, asked = self._post(body)
            if trouble is None:
                return
            pause = asked if asked is not None else self._pause(attempt)
            if attempt == _TRIES or pause > _LONGEST_WAIT:
                raise CollectorAwayError(
                    f"the collector took nothing in {attempt} tries: {trouble}",
                    where=self.url,
                    do="see that it runs and takes OTLP over HTTP there (usually port 4318), then go on",
                )
            self._wait(pause)

    def _pause(self, attempt: int) -> float:
        """Seconds before the next try: twice as long each time, never all callers at once."""
        return float(min(0.5 * 2 ** (attempt - 1), _LONGEST_WAIT) * self._chance.uniform(0.8, 1.2))

    def _post(self, body: bytes) -> tuple[str | None, float | None]:
        """Why to try again, and after how many seconds if the collector says so; None when it was taken."""
        headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
        try:
            answer = self._client.post(self.url, content=body, headers=headers)
        except httpx.TransportError as error:
            return f"{type(error).__name__}: {error}", None
        if answer.status_code in _TRY_AGAIN:
            return f"HTTP {answer.status_code}", _retry_after(answer)
        if not answer.is_success:
            raise CollectorRefusedError(
                f"the collector refused: HTTP {answer.status_code} {_first_words(answer)}".rstrip(),
                where=self.url,
                do=_advice(answer.status_code),
                status=answer.status_code,
            )
        self._check_taken(answer)
        return None, None

    def _check_taken(self, answer: httpx.Response) -> None:
        if "protobuf" not in answer.headers.get("content-type", "protobuf"):
            return  # some answer in JSON; they have taken it
        try:
            partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
        except DecodeError:
            raise CollectorRefusedError(
                "the answer is not OTLP's, so that nobody knows whether the spans were taken",
                where=self.url,
                do="give the address of a collector that takes OTLP over HTTP",
            ) from None
        if partial.rejected_spans:
            raise CollectorRefusedError(
                f"the collector rejected {partial.rejected_spans} spans: {partial.error_message}",
                where=self.url,
                do="mend what it complains of in its configuration, then go on",
                rejected=partial.rejected_spans,
            )


def traces_url(endpoint: str) -> str:
    """The address traces are sent to: `endpoint` itself when it names it, else its usual place below.

    Raises:
        ExportRequestError: `endpoint` is not an HTTP address, or has a password in it.
    """
    unusable = ExportRequestError(
        f"{endpoint!r} is not an address for OTLP over HTTP",
        where="--endpoint",
        do="write for example http://127.0.0.1:4318",
    )
    try:
        parts = urlsplit(endpoint.strip())
        numbered = parts.port is None or parts.port > 0
    except ValueError:
        raise unusable from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not numbered:
        raise unusable
    if parts.query or parts.fragment:
        raise unusable
    if parts.username is not None or parts.password is not None:
        raise ExportRequestError(
            "the endpoint has a user or password in it, which would be printed and kept",
            where="--endpoint",
            do="give it with --header authorization=env:VARIABLE",
        )
    path = parts.path.rstrip("/")
    return parts._replace(path=path if path.endswith(_PATH) else path + _PATH).geturl()


def headers_from(options: Sequence[str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Headers for a collector: OpenTelemetry's own variables first, then `NAME=VALUE` options.

    An option's value may be `env:VARIABLE`, so that a secret is on no command line.

    Raises:
        ExportRequestError: an option is of another form, is no ASCII text, or the variable it names is not
            set.
    """
    variables = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
    pairs = [pair for name in variables for pair in environment.get(name, "").split(",") if pair.strip()]
    found = dict(_pair(unquote(pair), variables[0]) for pair in pairs)
    for option in options:
        name, value = _pair(option, "--header")
        if value.startswith(_FROM_ENVIRONMENT):
            variable = value.removeprefix(_FROM_ENVIRONMENT)
            if not environment.get(variable):
                raise ExportRequestError(
                    f"the variable {variable} is not set", where="--header", do=f"export {variable}=…"
                )
            value = environment[variable]
        found[name] = value
    for name, value in found.items():
        if not (name + value).isascii() or not (name + value).isprintable():
            raise ExportRequestError(
                f"the value of the header {name!r} is not plain ASCII text",
                where="--header",
                do="percent-encode what is not, and leave out line ends",
            )
    return found


def _pair(text: str, where: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ExportRequestError(
            "a header is not NAME=VALUE", where=where, do="write --header authorization=env:MY_TOKEN"
        )
    return name.strip().lower(), value.strip()


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds the collector asks to wait; None when it does not say."""
    said = answer.headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _first_words(answer: httpx.Response) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in answer.text[:300])
    return " ".join(text.split())[:160]


def _advice(status: int) -> str:
    if status in (401, 403):
        return "give the collector's token with --header authorization=env:VARIABLE"
    if status in (404, 405):
        return "give the address of its OTLP receiver for HTTP, usually http://HOST:4318"
    if status == 413:
        return "send less at once with --batch"
    return "see the collector's own log"
