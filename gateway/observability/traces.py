"""Spans for OpenTelemetry. Without an endpoint to send them to, its SDK is not imported."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import Join, Select, Table, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql import visitors

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

SERVICE: Final = "partner-gateway"
PROPAGATED: Final = ("traceparent", "tracestate")
NOTHING: Final = nullcontext()


class Tracing(Protocol):
    """Makes and sends spans, or does nothing."""

    def sending(self) -> AbstractContextManager[None]:
        """Send spans while open, and the remaining ones at the end."""

    def request(self, headers: Mapping[str, str]) -> AbstractContextManager["Root"]:
        """The span of one request, in the trace that its headers name."""

    def part(self, name: str) -> AbstractContextManager[None]:
        """The span of a part of a request."""

    def compiled_statement(self) -> AbstractContextManager[None]:
        """The span of a compiled statement: it has an error if one is raised. The engine's statements have spans anyway."""


class Root(Protocol):
    """The span of a request while it is open."""

    @property
    def trace_id(self) -> str | None: ...

    def set(self, name: str, value: str | int) -> None: ...


def tracing(endpoint: str | None, engine: AsyncEngine) -> Tracing:
    """Spans of requests and of the statements of `engine`, sent to `endpoint` by OTLP over HTTP; none without an endpoint."""
    return Untraced() if endpoint is None else Traced(endpoint, engine)


class Untraced:
    """No spans."""

    trace_id: str | None = None

    def sending(self) -> AbstractContextManager[None]:
        return NOTHING

    def request(self, headers: Mapping[str, str]) -> AbstractContextManager[Root]:
        return nullcontext(self)

    def part(self, name: str) -> AbstractContextManager[None]:
        return NOTHING

    def compiled_statement(self) -> AbstractContextManager[None]:
        return NOTHING

    def set(self, name: str, value: str | int) -> None:
        pass


class Traced:
    """Spans by the SDK, which also reads its own environment variables. No span contains user input."""

    def __init__(self, endpoint: str, engine: AsyncEngine) -> None:
        from opentelemetry.trace import NoOpTracer

        self._url = f"{endpoint.rstrip('/')}/v1/traces"
        self._tracer: Tracer = NoOpTracer()
        listeners: Mapping[str, Callable[..., None]] = {
            "before_cursor_execute": self._begin,
            "after_cursor_execute": self._end,
            "handle_error": self._fail,
        }
        for name, listener in listeners.items():
            event.listen(engine.sync_engine, name, listener)

    @contextmanager
    def sending(self) -> Iterator[None]:
        # The exporter is a thread: it must start in the process that serves, not in the parent that forks it.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = Resource({SERVICE_NAME: SERVICE}).merge(OTELResourceDetector().detect())
        provider = TracerProvider(resource=named, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(self._url)))
        self._tracer = provider.get_tracer("gateway")
        try:
            yield
        finally:
            provider.shutdown()

    @contextmanager
    def request(self, headers: Mapping[str, str]) -> Iterator[Root]:
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carried = {name: headers[name] for name in PROPAGATED if name in headers}
        above = TraceContextTextMapPropagator().extract(carried)
        with self._tracer.start_as_current_span(
            "request", above, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            yield Lasting(span)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False):
            yield

    @contextmanager
    def compiled_statement(self) -> Iterator[None]:
        span = self._statement("SELECT", None)
        try:
            yield
        except BaseException as error:
            _fail(span, error)
            raise
        finally:
            span.end()

    def _statement(self, operation: str, table: str | None) -> "Span":
        from opentelemetry.trace import SpanKind

        attributes = {"db.system.name": "postgresql", "db.operation.name": operation}
        if table is not None:
            attributes["db.collection.name"] = table
        name = operation if table is None else f"{operation} {table}"
        return self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

    # A connection executes one statement at a time, so it can store the span.

    def _begin(self, connection: Any, _: object, text: str, __: object, context: Any, ___: object) -> None:
        connection.info[SERVICE] = self._statement(text.split(maxsplit=1)[0].upper(), _table(context.compiled))

    def _end(self, connection: Any, *_: object) -> None:
        if span := connection.info.pop(SERVICE, None):
            span.end()

    def _fail(self, failure: Any) -> None:
        span = failure.connection.info.pop(SERVICE, None) if failure.connection else None
        if span is not None:
            _fail(span, failure.original_exception)
            span.end()


def _fail(span: "Span", error: BaseException) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", type(error).__name__)


class Lasting:
    """A span of the SDK."""

    def __init__(self, span: "Span") -> None:
        self._span = span

    @property
    def trace_id(self) -> str | None:
        context = self._span.get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else None

    def set(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)


def _table(compiled: Any) -> str | None:
    """The first table of a statement, or None for textual SQL."""
    statement: Any = compiled.statement if compiled is not None else None
    source = (
        statement.get_final_froms()[0] if isinstance(statement, Select) and statement.get_final_froms() else statement
    )
    while isinstance(source, Join):
        source = source.left
    parts = visitors.iterate(source) if source is not None else ()
    return next((part.name for part in parts if isinstance(part, Table)), None)
