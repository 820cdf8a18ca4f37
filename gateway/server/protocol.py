"""One HTTP/1.1 connection, with limits on what a client sends and how it reads, which uvicorn and its parser lack."""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.errors import BadInput, Refused
from gateway.http.errors import HeadersTooLarge
from gateway.http.requests import MAX_HEADER_BYTES
from gateway.http.responses import LEGACY, refusal
from gateway.server.slow_close import SlowClose

HEAD_SECONDS: Final = 15.0
MAX_LINE_LENGTH: Final = 262_144  # bytes of a request line: a GET may contain a document
MAX_FRAMING_BYTES: Final = 32_768  # in a row without a byte of a body: chunk extensions, trailers, empty lines
MAX_WAITING: Final = 16  # requests that were sent before the response to an earlier one was complete
WRITE_SECONDS: Final = 60.0


class TooManyWaiting(Exception):
    """Raised in a callback of the parser, which then stops."""


class Connection(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with limits.

    The size and the duration of a request's head are limited to what an honest client needs on a slow connection. Trailers
    are dropped. The application limits the duration of the body. A response that starts before its request is read to the
    end is the last one of the connection. A client that takes longer than `write_seconds` to read a response is
    disconnected.
    """

    def __init__(self, *arguments: Any, write_seconds: float = WRITE_SECONDS, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._write_seconds = write_seconds
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._unanswered: deque[RequestResponseCycle] = deque()
        self._keep_alive = True  # as the newest request specifies
        self._received = 0  # bytes since the last progress of the message
        self._progressed = False
        self._is_over = False  # nothing more is read
        self._is_ending = False  # the server is stopping

    # ---- the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(SlowClose(transport, self.loop, self._close))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True
        for cycle in self._unanswered:
            _disconnect(cycle)
        super().connection_lost(exc)
        self._have_head()
        self._have_written()

    def shutdown(self) -> None:
        self._is_ending = True
        super().shutdown()

    def _close(self) -> bool:
        """Called before the connection is closed. Returns whether the client may still be sending."""
        lingers = self._is_over or (self.cycle is not None and self.cycle.more_body)
        self._is_over = True
        self._await_written()
        return lingers and not self._is_ending

    # ---- what the client sends

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        self._progressed = False
        super().data_received(data)
        if self._is_over:
            return
        # A message that began within `data` is counted from the next call on: `data` may begin with the end of the last one.
        self._received = 0 if self._progressed else self._received + len(data)
        in_head = self._head_timer is not None
        if self._received > (MAX_HEADER_BYTES + MAX_LINE_LENGTH if in_head else MAX_FRAMING_BYTES):
            self._refuse(HeadersTooLarge(f"The headers may have at most {MAX_HEADER_BYTES} bytes."))
        elif not in_head and not self._unanswered and self.timeout_keep_alive_task is None:
            self._await_head()  # empty lines stopped uvicorn's keep-alive timer without beginning a request

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._progressed = self._head_timer is None
        self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Headers after the head are trailers: they must not become headers of the request.
        if self._head_timer is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._have_head()
        if len(self.pipeline) >= MAX_WAITING:
            raise TooManyWaiting
        super().on_headers_complete()
        self._progressed = True
        self._unanswered.append(self.cycle)
        # A response that starts before the body has arrived announces that it is the last one, and is.
        self._keep_alive, self.cycle.keep_alive = self.cycle.keep_alive, False

    def on_body(self, body: bytes) -> None:
        self._progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._progressed = True
        super().on_message_complete()
        if not self.cycle.response_started and not self._is_ending:
            self.cycle.keep_alive = self._keep_alive

    def on_response_complete(self) -> None:
        self._unanswered.popleft()
        super().on_response_complete()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._received = 0
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._on_head_timeout)

    def _have_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _on_head_timeout(self) -> None:
        self._head_timer = None
        if not self._end_after_answers():
            self.transport.close()

    # ---- refusals

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadInput("The request is not valid HTTP."))

    def _refuse(self, refused: Refused) -> None:
        """Refuse the message that is being read, in the format of all refusals, after the responses to earlier requests."""
        self._have_head()
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_started:
            self._drop(self.cycle)
        if self._end_after_answers():
            return
        response = refusal(refused).response(LEGACY, uuid4().hex)
        status = HTTPStatus(response.status_code)
        lines = [f"HTTP/1.1 {status} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in response.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"connection: close", b"", bytes(response.body)]))
        self.transport.close()

    def _drop(self, cycle: RequestResponseCycle) -> None:
        """Give a request with a broken body no other response, and notify the application that the body has ended."""
        self._unanswered.remove(cycle)
        self.pipeline = deque(waiting for waiting in self.pipeline if waiting[0] is not cycle)
        _disconnect(cycle)

    def _end_after_answers(self) -> bool:
        """Stop reading, and close the connection after the last pending response; returns False if no response is pending."""
        self._is_over = True
        if self._unanswered:
            self._unanswered[-1].keep_alive = False
        return bool(self._unanswered)

    # ---- what the client reads

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_written()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._have_written()

    def _await_written(self) -> None:
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(self._write_seconds, self.transport.abort)

    def _have_written(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None


def _disconnect(cycle: RequestResponseCycle) -> None:
    cycle.disconnected = True
    cycle.message_event.set()
