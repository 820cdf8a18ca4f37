"""The HTTP server: one process that serves an application on a socket, and ends well."""

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
CONTAINERS = 50_000  # more than before, and the collector comes by


class Server(uvicorn.Server):
    """Told to end, it first says that it is not ready, then takes nothing new, then finishes what it has begun."""

    def __init__(self, config: uvicorn.Config, app: Starlette, drain_seconds: float) -> None:
        super().__init__(config)
        self._readiness, self._drain = app.state.readiness, drain_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._when_started: Callable[[], None] = lambda: None

    def serve_on(self, listening: socket.socket, when_started: Callable[[], None] = lambda: None) -> None:
        """Until a signal, or `stop`. SIGTERM leaves balancers time to look elsewhere; SIGINT, or a second one, does not."""
        self._when_started = when_started
        self.run([listening])

    def stop(self) -> None:
        self._readiness.is_stopping = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._when_started()

    # Not the library's own, which raises the signal anew at the end: what ended well would look as if it had been killed.
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
    """A server for this application, not yet begun."""
    config = uvicorn.Config(
        app,
        # The only protocol: uvicorn would take h11, which has none of these bounds, where httptools is missing.
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
    """A socket that listens; OSError where the port cannot be had."""
    return socket.create_server(
        (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
    )


def settle() -> None:
    """The policy, the schema and their code live as long as the process: the collector need not look at them again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    # A large answer is made of many containers and none of them is part of a circle: there is little to look for.
    gc.set_threshold(CONTAINERS, 20, 20)
