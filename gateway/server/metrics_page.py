"""The metrics port of a process that serves nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.http.routes.health import healthz
from gateway.observability.metrics import JobMetrics, MetricsPage
from gateway.server.protocol import Connection
from gateway.server.run import listening_at
from gateway.settings import Settings


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the process that this page is a part of handles the signals


@asynccontextmanager
async def metrics_served(
    settings: Settings, metrics: JobMetrics, refresh: Callable[[], Awaitable[object]]
) -> AsyncIterator[int | None]:
    """Serve `/metrics` and `/healthz` on `GATEWAY_WORKER_METRICS_PORT` and yield the port, or None if it is not set.

    Raises ValueError without a token, and OSError if the port is not available.
    """
    if settings.worker_metrics_port is None:
        yield None
        return
    if settings.metrics_token is None:
        raise ValueError("GATEWAY_WORKER_METRICS_PORT needs GATEWAY_METRICS_TOKEN, which protects the page.")
    page = MetricsPage(metrics, settings.metrics_token.get_secret_value(), refresh)
    app = Starlette(routes=[Route("/metrics", page), Route("/healthz", healthz)])
    config = uvicorn.Config(
        app, http=Connection, log_config=None, access_log=False, server_header=False, lifespan="off"
    )
    server = _Server(config)
    listening = listening_at(settings.host, settings.worker_metrics_port)
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
