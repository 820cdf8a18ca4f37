"""The metrics and their page. No label contains values that callers choose, or identifies a caller."""

import asyncio
import hmac
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, values
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Operation = Literal["query", "mutation", "subscription", "none"]

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WAITS: Final = (0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
STATEMENTS: Final = (0, 1, 2, 3, 5, 8, 13, 21, 34)
COSTS: Final = (1, 10, 100, 1_000, 10_000, 50_000, 100_000, 200_000)
PULSE: Final = 1.0  # seconds between two measurements of the process itself


class Tally(Protocol):
    """How often the policy's caches were read, and how often they had no entry; a reader resets the counts."""

    rows: int
    situations: int
    lookups: int
    plans: int


def shared_metrics(folder: Path, identity: Callable[[], object]) -> "Metrics":
    """Metrics whose values are in `folder`, in files for each `identity`: any process can report the sum of all.

    The library also needs the folder in the environment: `settings.share_metrics` sets it there.
    """
    values.ValueClass = values.MultiProcessValue(identity)
    return Metrics(folder)


class Metrics:
    """All metrics of one application, or of all its processes if they share a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        disable_created_metrics()
        self._folder = folder
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"gateway_{name}", text, labels, registry=self.registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"gateway_{name}", text, labels, registry=self.registry, multiprocess_mode="livesum")

        def histogram(name: str, text: str, buckets: Iterable[float], *labels: str) -> Histogram:
            return Histogram(f"gateway_{name}", text, labels, registry=self.registry, buckets=tuple(buckets))

        self._requests = counter("requests", "Requests by operation and HTTP status.", "operation", "status")
        self._errors = counter("errors", "Requests whose response has this error code.", "operation", "code")
        self._seconds = histogram("request_seconds", "Seconds from the headers to the response.", SECONDS, "operation")
        self._statements = histogram("request_statements", "Read statements per request.", STATEMENTS)
        self._cost = histogram("request_cost", "Nodes that a document requests.", COSTS)
        self._denials = counter("denials", "Fields hidden in responses.", "type", "field", "reason")
        self._credentials = counter("credentials", "Outcomes of signIn, refresh and signOut.", "field", "outcome")
        self._cache = counter("cache", "Look-ups in the caches of documents, plans and masks.", "cache", "result")
        self._compiled = counter("compiled", "Queries that one compiled statement answered.")
        self._walked = counter("walked", "Queries that were executed field by field, by the reason.", "reason")
        self._untrusted = counter(
            "untrusted_documents", "Requests with a document that is not published.", "viewer", "mode"
        )
        self._compile_seconds = histogram("compile_seconds", "Seconds to compile a query.", WAITS)
        self._compiled_kept = gauge("compiled_kept", "Compiled queries that are kept.")
        self._compiled_bytes = gauge("compiled_kept_bytes", "The length of their statements.")
        self.statement_connections = gauge(
            "statement_connections", "Connections for compiled statements that are open."
        )
        self.in_flight = gauge("requests_in_flight", "Requests in flight.")
        self.policy = gauge("policy_info", "Processes that use this version of the policy.", "version")
        self._pool_limit = gauge("pool_limit", "Connections that the pools may open.")
        self._pool_open = gauge("pool_open", "Connections to the database that are open.")
        self._pool_in_use = gauge("pool_in_use", "Connections to the database that are in use.")
        self._pool_overflow = gauge("pool_overflow", "Connections open beyond the pools' size.")
        self.pool_wait = histogram("pool_wait_seconds", "Seconds until a request had its connection.", WAITS)
        self._processes = gauge("processes", "Processes that serve requests.")
        self._cpu = counter("cpu_seconds", "Processor time of the processes that serve requests.")
        self._resident = gauge(
            "resident_bytes", "Memory of the processes that serve requests; shared pages count in each."
        )
        self._lag = histogram("loop_lag_seconds", "Delay of the event loop in seconds, measured once a second.", WAITS)

    def request(
        self, operation: Operation, status: int, codes: Iterable[str], seconds: float, cost: int | None, statements: int
    ) -> None:
        """Record the response to one request."""
        self._requests.labels(operation, status).inc()
        self._seconds.labels(operation).observe(seconds)
        for code in codes:
            self._errors.labels(operation, code).inc()
        if cost is not None:
            self._cost.observe(cost)
            self._statements.observe(statements)

    def denied(self, extensions: Mapping[str, Any]) -> None:
        """Record one error of D35: a number of hidden cells of one field, for one reason."""
        self._denials.labels(extensions["type"], extensions["field"], extensions["reason"]).inc(extensions["count"])

    def document(self, *, known: bool) -> None:
        self._cache.labels("documents", "hit" if known else "miss").inc()

    def compiled(self) -> None:
        self._compiled.inc()

    def untrusted(self, viewer: str, mode: str) -> None:
        self._untrusted.labels(viewer, mode).inc()

    def walked(self, reason: str) -> None:
        self._walked.labels(reason).inc()

    def compiling(self, seconds: float, kept: int, size: int) -> None:
        """Record that a query was compiled, and what is kept now."""
        self._compile_seconds.observe(seconds)
        self._compiled_kept.set(kept)
        self._compiled_bytes.set(size)

    def credentials(self, field: str, outcome: str) -> None:
        self._credentials.labels(field, outcome).inc()

    def remembered(self, tally: Tally) -> None:
        """Add and reset the counts of the policy, which counts without a lock and too often to call a metric each time."""
        rows, situations, lookups, plans = tally.rows, tally.situations, tally.lookups, tally.plans
        tally.rows = tally.situations = tally.lookups = tally.plans = 0
        self._cache.labels("masks", "hit").inc(max(0, rows - situations))
        self._cache.labels("masks", "miss").inc(situations)
        self._cache.labels("plans", "hit").inc(max(0, lookups - plans))
        self._cache.labels("plans", "miss").inc(plans)

    def watch(self, engine: AsyncEngine, *, size: int) -> None:
        """Count the connections of an engine's pool, from the first one on."""
        opened = 0

        def sized(by: int) -> None:
            nonlocal opened
            opened += by
            self._pool_open.inc(by)
            self._pool_overflow.set(max(0, opened - size))

        listeners: Mapping[str, Callable[..., None]] = {
            "connect": lambda *_: sized(1),
            "close": lambda *_: sized(-1),
            "checkout": lambda *_: self._pool_in_use.inc(),
            "checkin": lambda *_: self._pool_in_use.dec(),
        }
        for name, listener in listeners.items():
            event.listen(engine.sync_engine, name, listener)

    @asynccontextmanager
    async def alive(self, *, policy_version: str, pool_limit: int) -> AsyncIterator[None]:
        """While open, count this process as serving, and measure it every second."""
        self._processes.set(1)
        self._pool_limit.set(pool_limit)
        self.policy.labels(policy_version).set(1)
        pulse = asyncio.create_task(self._pulse())
        try:
            yield
        finally:
            pulse.cancel()

    async def _pulse(self) -> None:
        loop, used = asyncio.get_running_loop(), 0.0
        while True:
            now = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
            self._cpu.inc(now - used)
            self._resident.set(_resident())
            used, due = now, loop.time() + PULSE
            await asyncio.sleep(PULSE)
            self._lag.observe(max(0.0, loop.time() - due))

    def forget(self, identity: object) -> None:
        """Remove the gauges of a process that has ended; its counters are kept."""
        mark_process_dead(identity, str(self._folder))

    def text(self) -> bytes:
        """The page, in Prometheus' text format."""
        if self._folder is None:
            return generate_latest(self.registry)
        combined = CollectorRegistry()
        MultiProcessCollector(combined, str(self._folder))
        return generate_latest(combined)


class JobMetrics:
    """The jobs that one worker ran, and the queue of all workers."""

    def __init__(self) -> None:
        disable_created_metrics()
        self.registry = registry = CollectorRegistry()
        per_job, per_work, per_priority = ("job", "outcome"), ("work", "outcome"), ("priority",)
        self.jobs = Counter("gateway_jobs", "Jobs that this worker ran.", per_job, registry=registry)
        self.scheduled = Counter(
            "gateway_scheduled", "Scheduled work that this worker ran.", per_work, registry=registry
        )
        self.waiting = Gauge(
            "gateway_jobs_waiting", "Jobs that are due and not started.", per_priority, registry=registry
        )
        self.oldest = Gauge(
            "gateway_jobs_oldest_seconds",
            "Seconds for which the oldest waiting job has been due.",
            per_priority,
            registry=registry,
        )

    def text(self) -> bytes:
        """The page, in Prometheus' text format."""
        return generate_latest(self.registry)


def _resident() -> int:
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:  # not on Linux: the highest value so far, instead
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return int(pages) * resource.getpagesize()


async def _nothing() -> None:
    pass


class MetricsPage:
    """An ASGI application for the metrics; responds 404 without the token. `refresh` is awaited before each page."""

    def __init__(
        self, metrics: Metrics | JobMetrics, token: str, refresh: Callable[[], Awaitable[object]] = _nothing
    ) -> None:
        self._metrics, self._expected, self._refresh = metrics, f"Bearer {token}".encode(), refresh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        shown = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(shown, self._expected):
            raise HTTPException(404)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        await self._refresh()
        # Adding up the files of many processes takes time and must not block other requests.
        page = await asyncio.to_thread(self._metrics.text)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        await Response(page, headers=headers, media_type=CONTENT_TYPE_PLAIN_1_0_0)(scope, receive, send)
