"""A small OTLP receiver on a real port: decodes what it gets, and answers as it is told to."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Answer:
    """What the receiver says once."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    rejected: int = 0
    text: str = ""
    cut: bool = False
    """Takes the spans and cuts the line before it answers."""


@dataclass
class Receiver:
    """What was received, and what will be answered; 200 once `answers` are used up."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    taken: list[ExportTraceServiceRequest] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    posts: int = 0

    @property
    def spans(self) -> dict[bytes, Span]:
        """As a collector keeps them: one for each id, the last one stays."""
        return {
            span.span_id: span
            for request in self.taken
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    @property
    def traces(self) -> set[bytes]:
        return {span.trace_id for span in self.spans.values()}


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at work on a port of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.posts += 1
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = receiver.answers.pop(0) if receiver.answers else Answer()
            if answer.status == 200:
                receiver.taken.append(ExportTraceServiceRequest.FromString(gzip.decompress(body)))
            if answer.cut:
                self.close_connection = True
                return
            partial = ExportTracePartialSuccess(rejected_spans=answer.rejected, error_message=answer.text)
            content = (
                ExportTraceServiceResponse(partial_success=partial).SerializeToString()
                if answer.status == 200
                else answer.text.encode()
            )
            self.send_response(answer.status)
            self.send_header(
                "Content-Type", "application/x-protobuf" if answer.status == 200 else "text/plain"
            )
            self.send_header("Content-Length", str(len(content)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
