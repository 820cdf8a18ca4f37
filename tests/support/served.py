"""An application behind the HTTP server that ships, and bytes sent to it as they are."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import uvicorn
from starlette.types import ASGIApp

from gateway.server.protocol import Connection

PATIENCE = 60  # seconds; only a test that fails waits as long


@contextmanager
def served(
    app: ASGIApp,
    *,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    **bounds: float,
) -> Iterator[int]:
    """The port at which the application is served meanwhile; `bounds` are the protocol's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        protocol = partial(Connection, **bounds)
        config = uvicorn.Config(app, http=protocol, ws="none", log_config=None, access_log=False, server_header=False)
        server = uvicorn.Server(config)

        def serve() -> None:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(server.serve([listening]))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            # The socket listens already: who comes before the server is up is kept waiting.
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def exchanged(port: int, *pieces: bytes, count: int = 1, body: bool = True) -> list[Reply]:
    """The first replies to bytes that are sent in so many pieces; without `body` those to HEAD."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        for piece in pieces:
            connection.sendall(piece)
        with connection.makefile("rb") as incoming:
            return [reply_in(incoming, body) for _ in range(count)]


def reply_in(incoming: BinaryIO, has_body: bool = True) -> Reply:
    status = int(incoming.readline().split()[1])
    headers = {}
    while line := incoming.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    match headers:
        case {"content-length": length} if has_body:
            return Reply(status, headers, incoming.read(int(length)))
        case {"connection": "close"} if has_body:
            return Reply(status, headers, incoming.read())
    return Reply(status, headers, b"")
