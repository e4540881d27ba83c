"""Spans as an OTLP request: protobuf, one resource a model source."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from muster.analysis.tasks import MIXED_MODELS
from muster.exports.spans import REHEARSAL, Span, Value

SERVICE: Final = "muster"
_SAMPLED: Final = 1
_NOT_PRODUCTION: Final = (REHEARSAL, MIXED_MODELS)
_KINDS: Final = {
    "client": trace_pb2.Span.SPAN_KIND_CLIENT,
    "internal": trace_pb2.Span.SPAN_KIND_INTERNAL,
}


def request(spans: Iterable[Span], *, origin: str) -> ExportTraceServiceRequest:
    """The spans as one request.

    A rehearsal's spans are of another service, `muster-rehearsal`, so that no chart adds the two up.

    Args:
        origin: the name the record is sealed under; tells one company's muster from another's.
    """
    by_source: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_source[span.model_source].append(span)
    scope = InstrumentationScope(name="muster.exports", version=_version())
    return ExportTraceServiceRequest(
        resource_spans=[
            trace_pb2.ResourceSpans(
                resource=_resource(source, origin),
                scope_spans=[trace_pb2.ScopeSpans(scope=scope, spans=[_span(span) for span in mine])],
            )
            for source, mine in sorted(by_source.items())
        ]
    )


def _resource(source: str, origin: str) -> Resource:
    rehearsed = source == REHEARSAL
    return Resource(
        attributes=_attributes(
            {
                "service.name": f"{SERVICE}-{REHEARSAL}" if rehearsed else SERVICE,
                "service.version": _version(),
                "service.instance.id": origin,
                "deployment.environment.name": source if source in _NOT_PRODUCTION else "production",
                "muster.model_source": source,
            }
        )
    )


def _span(span: Span) -> trace_pb2.Span:
    told = trace_pb2.Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_id or b"",
        flags=_SAMPLED,
        name=span.name,
        kind=_KINDS[span.kind],
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=span.end_ns,
        attributes=_attributes(span.attributes | {"muster.model_source": span.model_source}),
        events=[
            trace_pb2.Span.Event(
                name=moment.name, time_unix_nano=moment.at_ns, attributes=_attributes(moment.attributes)
            )
            for moment in span.moments
        ],
    )
    if span.error is not None:
        told.status.CopyFrom(trace_pb2.Status(code=trace_pb2.Status.STATUS_CODE_ERROR, message=span.error))
        if not any(one.key == "error.type" for one in told.attributes):
            told.attributes.append(KeyValue(key="error.type", value=_any(span.error)))
    return told


def _attributes(values: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_any(value)) for name, value in sorted(values.items())]


def _any(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    return AnyValue(array_value=ArrayValue(values=[_any(one) for one in value]))


def _version() -> str:
    try:
        return version("muster")
    except PackageNotFoundError:  # run from its sources
        return "0"
