"""The heads of requests, bounded before anything reads them: uvicorn's parser would wait for their end for ever."""

import asyncio
from http import HTTPStatus
from typing import Final
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.errors import BadInput, Refused
from gateway.http.answers import LEGACY, refusal
from gateway.http.body import MAX_HEADER_BYTES
from gateway.http.refusals import HeadersTooLarge

HEAD_SECONDS: Final = 15.0
LONGEST_LINE: Final = 262_144  # bytes of a first line: a GET may bring a document along


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol; a head may not be longer, nor take longer, than an honest client's over a bad line.

    Bodies have bounds of their own, as has the time between two requests.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience: asyncio.TimerHandle | None = None
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        waiting = self._patience
        super().data_received(data)
        # What began within this piece is counted from the next one on: before it may stand the last request's body.
        if self._patience is not None and self._patience is waiting:
            self._received += len(data)
            if self._received > MAX_HEADER_BYTES + LONGEST_LINE:
                self._have_head()
                self._refuse(HeadersTooLarge(f"The headers may have at most {MAX_HEADER_BYTES} bytes."))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._patience is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._have_head()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadInput("This is not HTTP."))

    def _refuse(self, refused: Refused) -> None:
        """In the shape of every other refusal."""
        response = refusal(refused).response(LEGACY, uuid4().hex)
        status = HTTPStatus(response.status_code)
        lines = [f"HTTP/1.1 {status} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in response.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"connection: close", b"", bytes(response.body)]))
        self.transport.close()

    def _await_head(self) -> None:
        self._received = 0
        self._patience = self.loop.call_later(HEAD_SECONDS, self._lose_patience)

    def _have_head(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        self.transport.close()
