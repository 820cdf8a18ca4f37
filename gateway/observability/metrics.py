"""What is counted, and the page that tells it. No label holds what callers choose, nor who they are."""

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
PULSE: Final = 1.0  # seconds between two looks at the process itself


class Tally(Protocol):
    """How often the policy's memory was asked and did not know; what is read is set to nought."""

    rows: int
    situations: int
    lookups: int
    plans: int


def shared_metrics(folder: Path, identity: Callable[[], object]) -> "Metrics":
    """Metrics whose values lie in `folder`, in files for each `identity`: any process can tell the sum of all.

    The library wants the folder in the environment as well: `settings.share_metrics` puts it there.
    """
    values.ValueClass = values.MultiProcessValue(identity)
    return Metrics(folder)


class Metrics:
    """Every metric of one application; of all its processes, where they share a folder."""

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

        self._requests = counter("requests", "Requests answered, by operation and HTTP status.", "operation", "status")
        self._errors = counter("errors", "Requests in which this error code was told.", "operation", "code")
        self._seconds = histogram("request_seconds", "From the headers to the answer.", SECONDS, "operation")
        self._statements = histogram("request_statements", "Statements that a request read with.", STATEMENTS)
        self._cost = histogram("request_cost", "Nodes that a document asks for.", COSTS)
        self._denials = counter("denials", "Fields hidden in answers.", "type", "field", "reason")
        self._credentials = counter("credentials", "Signing in, refreshing, signing out.", "field", "outcome")
        self._cache = counter("cache", "Look-ups of what is kept: documents, plans and masks.", "cache", "result")
        self.in_flight = gauge("requests_in_flight", "Requests being answered.")
        self.policy = gauge("policy_info", "Processes in which this version of the policy is in force.", "version")
        self._pool_limit = gauge("pool_limit", "Connections that the pools may open.")
        self._pool_open = gauge("pool_open", "Connections to the database that are open.")
        self._pool_in_use = gauge("pool_in_use", "Connections that are lent out.")
        self._pool_overflow = gauge("pool_overflow", "Connections open beyond the pools' size.")
        self.pool_wait = histogram("pool_wait_seconds", "Until a request had its connection.", WAITS)
        self._processes = gauge("processes", "Processes that serve.")
        self._cpu = counter("cpu_seconds", "Processor time of the processes that serve.")
        self._resident = gauge("resident_bytes", "Memory of the processes that serve, shared pages in each.")
        self._lag = histogram("loop_lag_seconds", "How late the event loop is, once a second.", WAITS)

    def request(
        self, operation: Operation, status: int, codes: Iterable[str], seconds: float, cost: int | None, statements: int
    ) -> None:
        """One request was answered."""
        self._requests.labels(operation, status).inc()
        self._seconds.labels(operation).observe(seconds)
        for code in codes:
            self._errors.labels(operation, code).inc()
        if cost is not None:
            self._cost.observe(cost)
            self._statements.observe(statements)

    def denied(self, extensions: Mapping[str, Any]) -> None:
        """One error of D35: so many cells of one field, for one reason."""
        self._denials.labels(extensions["type"], extensions["field"], extensions["reason"]).inc(extensions["count"])

    def document(self, *, known: bool) -> None:
        self._cache.labels("documents", "hit" if known else "miss").inc()

    def credentials(self, field: str, outcome: str) -> None:
        self._credentials.labels(field, outcome).inc()

    def remembered(self, tally: Tally) -> None:
        """Take over what the policy counted: it adds up without a lock, and far too often to be told each time."""
        rows, situations, lookups, plans = tally.rows, tally.situations, tally.lookups, tally.plans
        tally.rows = tally.situations = tally.lookups = tally.plans = 0
        self._cache.labels("masks", "hit").inc(max(0, rows - situations))
        self._cache.labels("masks", "miss").inc(situations)
        self._cache.labels("plans", "hit").inc(max(0, lookups - plans))
        self._cache.labels("plans", "miss").inc(plans)

    def watch(self, engine: AsyncEngine, *, size: int) -> None:
        """Follow an engine's pool from its first connection on."""
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
        """Meanwhile this process is one of those that serve, and looks at itself every second."""
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
        """A process is gone: what it was is told no more, what it counted goes on counting."""
        mark_process_dead(identity, str(self._folder))

    def text(self) -> bytes:
        """The page, in Prometheus' text format."""
        if self._folder is None:
            return generate_latest(self.registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody, str(self._folder))
        return generate_latest(everybody)


class JobMetrics:
    """What one worker counts of its jobs, and what the queue of all workers holds."""

    def __init__(self) -> None:
        disable_created_metrics()
        self.registry = registry = CollectorRegistry()
        per_job, per_work, per_priority = ("job", "outcome"), ("work", "outcome"), ("priority",)
        self.jobs = Counter("gateway_jobs", "Jobs that this worker ran.", per_job, registry=registry)
        self.scheduled = Counter("gateway_scheduled", "Scheduled work that it ran.", per_work, registry=registry)
        self.waiting = Gauge("gateway_jobs_waiting", "Jobs due and not begun.", per_priority, registry=registry)
        self.oldest = Gauge(
            "gateway_jobs_oldest_seconds", "How long the oldest has been due.", per_priority, registry=registry
        )

    def text(self) -> bytes:
        """The page, in Prometheus' text format."""
        return generate_latest(self.registry)


def _resident() -> int:
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:  # no such file but on Linux: there, the most that it ever was
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return int(pages) * resource.getpagesize()


async def _nothing() -> None:
    pass


class MetricsPage:
    """An ASGI application. To whoever does not show the token there is nothing here. `refresh` is awaited before each page."""

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
        # Adding up the files of many processes takes a while, in which others want to be answered.
        page = await asyncio.to_thread(self._metrics.text)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        await Response(page, headers=headers, media_type=CONTENT_TYPE_PLAIN_1_0_0)(scope, receive, send)
