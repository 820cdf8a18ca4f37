"""Spans, as a collector receives them."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.operation.test_shutdown import locked

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
QUERY = """query Marked {
  marked: clients(first: 2) { totalCount nodes { name kpis { kind } } }
  clients(first: 2, search: "Marked") { nodes { name } }
}"""


@contextmanager
def collector():
    """A server that takes spans over OTLP/HTTP, and the spans that it took."""
    spans, paths = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            paths.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
                spans.extend((service, span) for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", spans, paths
        finally:
            server.shutdown()
            thread.join()


def attributes(span):
    return {
        each.key: each.value.string_value if each.value.HasField("string_value") else each.value.int_value
        for each in span.attributes
    }


async def test_a_request_its_parts_and_its_statements_are_spans_of_the_callers_trace(run):
    with collector() as (address, spans, paths):
        async with run(otlp_endpoint=address) as running:
            answer = await running.ask("ada", QUERY, {"traceparent": PARENT})
            line = running.request_line

    assert answer.status_code == 200
    assert set(paths) == {"/v1/traces"}
    assert {service for service, _ in spans} == {"partner-gateway"}
    mine = [span for _, span in spans if span.trace_id.hex() == "4bf92f3577b34da6a3ce929d0e0e4736"]
    by_id = {span.span_id: span for span in mine}
    above = sorted(
        (span.name, by_id[span.parent_span_id].name if span.parent_span_id in by_id else None) for span in mine
    )
    assert above == [
        ("SELECT client", "execute"),
        ("SELECT client", "execute"),
        ("SELECT client", "execute"),
        ("SELECT kpi_snapshot", "execute"),
        ("SELECT user_account", "identify"),
        ("execute", "request"),
        ("identify", "request"),
        ("parse", "request"),
        ("request", None),
    ]
    [root] = [span for span in mine if span.name == "request"]
    assert root.parent_span_id.hex() == "00f067aa0ba902b7"
    assert attributes(root) == {
        "http.response.status_code": 200,
        "graphql.operation.type": "query",
        "gateway.request_id": answer.headers["x-request-id"],
    }
    assert line["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "marked" not in str(spans).lower()


async def test_a_compiled_statement_is_a_span_of_its_request(run):
    with collector() as (address, spans, _):
        async with run(otlp_endpoint=address, compile_after=1) as running:
            for _ in range(2):
                await running.ask("ada", QUERY, {"traceparent": PARENT})

    by_id = {span.span_id: span for _, span in spans}
    of_last = max(
        (span for span in by_id.values() if span.name == "request"), key=lambda span: span.start_time_unix_nano
    )
    mine = [span for span in by_id.values() if above(span, by_id)[-1] is of_last]
    assert sorted((span.name, above(span, by_id)[0].name) for span in mine) == [
        ("SELECT", "execute"),
        ("execute", "request"),
        ("identify", "request"),
    ]
    [statement] = [span for span in mine if span.name == "SELECT"]
    assert attributes(statement) == {"db.system.name": "postgresql", "db.operation.name": "SELECT"}
    assert "marked" not in str(spans).lower()


def above(span, by_id):
    """The spans above, from the nearest on."""
    found = []
    while span.parent_span_id in by_id:
        span = by_id[span.parent_span_id]
        found.append(span)
    return found or [None]


@pytest.mark.parametrize("compile_after", [0, 1])
async def test_a_statement_that_fails_is_told_by_its_kind(run, copy, compile_after):
    url = await copy()
    with collector() as (address, spans, _):
        async with run(url, otlp_endpoint=address, statement_seconds=0.2, compile_after=compile_after) as running:
            await running.ask("ada", "{ viewer { menus } }")
            async with locked(url):
                await running.ask("ada", QUERY)

    failed = [span for _, span in spans if span.name.startswith("SELECT") and span.status.code == 2]
    assert [attributes(span)["error.type"] for span in failed]
    root = max((span for _, span in spans if span.name == "request"), key=lambda span: span.start_time_unix_nano)
    assert attributes(root)["error.type"] == "TIMEOUT"
    assert not [event for _, span in spans for event in span.events]
    assert "marked" not in str(spans).lower()


async def test_a_request_without_a_trace_begins_one_and_a_bad_header_is_none(run):
    with collector() as (address, spans, _):
        async with run(otlp_endpoint=address) as running:
            await running.ask(None, "{ __typename }")
            await running.ask(None, "{ __typename }", {"traceparent": "00-marked-01"})
            told = [line["trace_id"] for line in running.lines if line["event"] == "request"]

    roots = [span for _, span in spans if span.name == "request"]
    assert sorted(span.trace_id.hex() for span in roots) == sorted(told)
    assert len(set(told)) == 2
    assert {span.parent_span_id for span in roots} == {b""}


async def test_a_collector_that_is_away_hinders_nobody(run):
    async with run(otlp_endpoint="http://127.0.0.1:1") as running:
        answer = await running.ask("ada", QUERY)

    assert answer.status_code == 200


def test_without_an_address_nothing_of_the_sdk_is_imported():
    served = "import sys, gateway.app, gateway.server.supervisor"
    looked = f"{served}; print([name for name in sys.modules if name.startswith('opentelemetry')])"

    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
