"""A port for the metrics of a process that serves nothing else."""

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
        yield  # signals belong to the process that this page is a part of


@asynccontextmanager
async def metrics_served(
    settings: Settings, metrics: JobMetrics, refresh: Callable[[], Awaitable[object]]
) -> AsyncIterator[int | None]:
    """Serve `/metrics` and `/healthz` at `GATEWAY_WORKER_METRICS_PORT`, if it is set, and yield the port.

    ValueError without a token, OSError if the port is taken.
    """
    if settings.worker_metrics_port is None:
        yield None
        return
    if settings.metrics_token is None:
        raise ValueError("GATEWAY_WORKER_METRICS_PORT needs GATEWAY_METRICS_TOKEN, which opens the page.")
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
