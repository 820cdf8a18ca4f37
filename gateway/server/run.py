"""The HTTP server: one process that serves an application on a socket, and shuts down gracefully."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable
from functools import partial
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from gateway.server.protocol import Connection
from gateway.settings import Settings

BACKLOG = 2048
CONTAINERS = 50_000  # so many new containers start the garbage collector


class Server(uvicorn.Server):
    """On shutdown, reports that it is not ready, then accepts no new connections, then finishes the running requests."""

    def __init__(self, config: uvicorn.Config, app: Starlette, drain_seconds: float) -> None:
        super().__init__(config)
        self._readiness, self._drain = app.state.readiness, drain_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._when_started: Callable[[], None] = lambda: None

    def serve_on(self, listening: socket.socket, when_started: Callable[[], None] = lambda: None) -> None:
        """Serve until a signal, or `stop`.

        SIGTERM leaves load balancers the drain time to choose another server; SIGINT, or a second signal, does not.
        """
        self._when_started = when_started
        self.run([listening])

    def stop(self) -> None:
        self._readiness.is_stopping = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._when_started()

    # Replaces the library's handler, which raises the signal again at the end: a graceful exit would look like a kill.
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._readiness.is_stopping = True
        drain, self._drain = self._drain, 0.0
        if sig == signal.SIGTERM and drain and self._loop:
            self._loop.call_soon_threadsafe(self._loop.call_later, drain, self.stop)
        elif sig == signal.SIGINT and self.should_exit:
            self.force_exit = True
        else:
            self.stop()


def server(app: Starlette, settings: Settings) -> Server:
    """A server for this application, not yet started."""
    config = uvicorn.Config(
        app,
        # Set explicitly: without httptools, uvicorn would use h11, which has none of these limits.
        http=partial(Connection, write_seconds=settings.write_seconds),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    return Server(config, app, settings.drain_seconds)


def listening_at(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError if the port is not available."""
    return socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
    )


def settle() -> None:
    """Exclude the policy, the schema and the code from garbage collection: they live as long as the process."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    # A large response consists of many containers, but no reference cycles: there is little to collect.
    gc.set_threshold(CONTAINERS, 20, 20)
