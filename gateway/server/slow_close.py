"""A transport that sends the head of a response with its body, and leaves a client that is still sending the time to read it."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

LINGER_SECONDS: Final = 2.0
HTTP: Final = b"HTTP/"
"""How a head begins. A part of a body that begins so is sent as well, one iteration later at most."""


class SlowClose(asyncio.Transport):
    """A transport for `HttpToolsProtocol`, with the methods that it calls.

    A socket that is closed while bytes arrive is reset, and the client may lose the response that was written before. If
    `may_send` returns True, only the sending half is closed, and bytes that arrive within LINGER_SECONDS go to the protocol.

    `HttpToolsProtocol` writes head and body one after the other: the head waits for the body, but not for the next iteration of
    the event loop.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, may_send: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._transport, self._loop, self._may_send = transport, loop, may_send
        self._is_closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._head: bytes | bytearray | memoryview = b""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_closing:
            return
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines([head, data])
        elif data[:5] == HTTP:
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def pause_reading(self) -> None:
        if not self._is_closing:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def is_closing(self) -> bool:
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        self._flush()
        if self._is_closing or self._transport.is_closing():
            if self._timer is not None:
                self._timer.cancel()
            self._transport.close()
            return
        self._is_closing = True
        if self._may_send():
            self._transport.write_eof()
            self._transport.resume_reading()
            self._timer = self._loop.call_later(LINGER_SECONDS, self._transport.close)
        else:
            self._transport.close()

    def abort(self) -> None:
        self._is_closing, self._head = True, b""
        self._transport.abort()
