"""One HTTP/1.1 connection: bounds on what a client sends and on how it reads, which uvicorn and its parser do not have."""

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
MAX_LINE_LENGTH: Final = 262_144  # bytes of a first line: a GET may bring a document along
MAX_FRAMING_BYTES: Final = 32_768  # in a row without any byte of a body: extensions of chunks, trailers, empty lines
MAX_WAITING: Final = 16  # requests that were sent before the answer to an earlier one was complete
WRITE_SECONDS: Final = 60.0


class TooManyWaiting(Exception):
    """Raised into the parser, which then stops."""


class Connection(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with bounds.

    A head may not be longer, nor take longer, than an honest client's over a bad line. Trailers are dropped. The time
    that a body takes is bounded by the application; an answer that is begun before its request was read to the end is the
    last one of the connection. A client that takes longer than `write_seconds` to read an answer is disconnected.
    """

    def __init__(self, *arguments: Any, write_seconds: float = WRITE_SECONDS, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._write_seconds = write_seconds
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._unanswered: deque[RequestResponseCycle] = deque()
        self._keep_alive = True  # as the newest request asks for
        self._received = 0  # bytes since the last progress of the message
        self._progressed = False
        self._is_over = False  # nothing more is read
        self._is_ending = False  # the server stops

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
        """Called when the connection is to be closed: whether the client may still be sending."""
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
        # What began within this piece is counted from the next one on: before it may be the end of the last request.
        self._received = 0 if self._progressed else self._received + len(data)
        in_head = self._head_timer is not None
        if self._received > (MAX_HEADER_BYTES + MAX_LINE_LENGTH if in_head else MAX_FRAMING_BYTES):
            self._refuse(HeadersTooLarge(f"The headers may have at most {MAX_HEADER_BYTES} bytes."))
        elif not in_head and not self._unanswered and self.timeout_keep_alive_task is None:
            self._await_head()  # empty lines came, which end uvicorn's wait for the next request and begin none

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._progressed = self._head_timer is None
        self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Those after the head are trailers: they must not become headers of the request.
        if self._head_timer is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._have_head()
        if len(self.pipeline) >= MAX_WAITING:
            raise TooManyWaiting
        super().on_headers_complete()
        self._progressed = True
        self._unanswered.append(self.cycle)
        # An answer that begins before the body has come says that it is the last one, and is.
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
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._lose_patience)

    def _have_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _lose_patience(self) -> None:
        self._head_timer = None
        if not self._end_after_answers():
            self.transport.close()

    # ---- refusals

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadInput("This is not HTTP."))

    def _refuse(self, refused: Refused) -> None:
        """Refuse the message that is being read, in the shape of every other refusal, after the answers to earlier ones."""
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
        """A request whose body is broken gets no other answer, and the application learns that no more of it comes."""
        self._unanswered.remove(cycle)
        self.pipeline = deque(waiting for waiting in self.pipeline if waiting[0] is not cycle)
        _disconnect(cycle)

    def _end_after_answers(self) -> bool:
        """Read nothing more, and close the connection after the last of the answers that are due; False if none is."""
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
