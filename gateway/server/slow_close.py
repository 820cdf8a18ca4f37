"""A transport whose `close` leaves a client that is still sending the time to read its response."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

LINGER_SECONDS: Final = 2.0


class SlowClose(asyncio.Transport):
    """A transport for `HttpToolsProtocol`, with the methods that it calls.

    A socket that is closed while bytes arrive is reset, and the client may lose the response that was written before. If
    `may_send` returns True, only the sending half is closed, and bytes that arrive within LINGER_SECONDS go to the protocol.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, may_send: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._transport, self._loop, self._may_send = transport, loop, may_send
        self._is_closing = False
        self._timer: asyncio.TimerHandle | None = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._is_closing:
            self._transport.write(data)

    def pause_reading(self) -> None:
        if not self._is_closing:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def is_closing(self) -> bool:
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
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
        self._is_closing = True
        self._transport.abort()
