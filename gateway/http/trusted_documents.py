"""Trusted documents: published texts, which clients may send by id, and which a kind of viewer may be limited to."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from time import monotonic
from typing import Final, get_args

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.typing import FilteringBoundLogger

from gateway.auth.viewers import Viewer
from gateway.db.queries.trusted_documents import in_force
from gateway.errors import BadInput, Forbidden
from gateway.http.errors import PersistedQueryNotFound, PersistedQueryNotSupported, RequestRefused
from gateway.http.request_log import RequestLog
from gateway.http.requests import GraphQLRequest
from gateway.observability.metrics import Metrics
from gateway.settings import Settings

AGAIN_SECONDS: Final = 1.0
"""An id that is not known is looked up in the database at most this often."""
EVERYBODY: Final = "*"
KINDS: Final = tuple(sorted(kind.__name__ for kind in get_args(Viewer)))
OTHER: Final = "This request may execute published documents only."


class Mode(StrEnum):
    """What happens to a document that is not published: nothing, a line in the log, or a refusal."""

    OFF = "off"
    LOG = "log"
    REQUIRE = "require"


class NotTrusted(Forbidden):
    code = "DOCUMENT_NOT_TRUSTED"


class TrustedDocuments:
    """The published documents, as one process knows them. Changes reach it after `trusted_documents_seconds`."""

    def __init__(self, engine: AsyncEngine, settings: Settings, log: FilteringBoundLogger, metrics: Metrics) -> None:
        self._engine, self._log, self._metrics = engine, log, metrics
        self._seconds = settings.trusted_documents_seconds
        self._modes = modes_of(settings)
        self._texts: Mapping[str, str] = {}
        self._published: frozenset[str] = frozenset()
        self._read_at: float | None = None
        self._turn = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None

    async def resolve(self, sent: GraphQLRequest) -> GraphQLRequest:
        """Returns the request with the text of its document. Raises RequestRefused for an unknown id."""
        if sent.document_id is None and not self._modes:
            return sent
        await self._refresh()
        if sent.document_id is None:
            return replace(sent, is_trusted=True) if sent.query in self._published else sent
        text = self._texts.get(sent.document_id)
        if text is None:
            await self._read(after=AGAIN_SECONDS)
            text = self._texts.get(sent.document_id)
        if text is None and sent.query:
            return sent  # the client sends the text with its hash, and the mode decides
        if text is None:
            raise RequestRefused.of(PersistedQueryNotFound() if self._texts else PersistedQueryNotSupported())
        if sent.query and sent.query != text:
            raise RequestRefused.of(BadInput("`query` is not the document of this id."))
        return replace(sent, query=text, is_trusted=True)

    def admit(self, sent: GraphQLRequest, viewer: str, notes: RequestLog) -> None:
        """Raises NotTrusted for a document that is not published, if the kind of viewer is limited to those that are."""
        if sent.is_trusted or not self._modes or notes.admitted:
            return
        notes.admitted = True
        mode = self._modes.get(viewer, self._modes.get(EVERYBODY, Mode.OFF))
        if mode is Mode.OFF:
            return
        self._metrics.untrusted(viewer, mode)
        self._log.info("document not trusted", viewer=viewer, mode=str(mode), request_id=notes.request_id)
        if mode is Mode.REQUIRE:
            raise NotTrusted(OTHER)

    async def _refresh(self) -> None:
        """Reads the documents the first time, and later in the background."""
        if self._read_at is None:
            await self._read(after=0.0)
        elif monotonic() - self._read_at > self._seconds and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(self._read(after=self._seconds))

    async def _read(self, *, after: float) -> None:
        async with self._turn:
            if self._read_at is not None and monotonic() - self._read_at < after:
                return
            try:
                async with self._engine.connect() as connection:
                    found = {row.id: row.text for row in await connection.execute(in_force())}
            except (DBAPIError, OSError) as error:
                if self._read_at is None:
                    raise
                self._log.error("trusted documents not read", exc_info=error)  # those that are known stay in force
            else:
                self._texts, self._published = found, frozenset(found.values())
            self._read_at = monotonic()


def modes_of(settings: Settings) -> Mapping[str, Mode]:
    """Returns the mode of each kind of viewer. Raises ValueError for a word that is not `KIND=MODE`."""
    modes = {}
    for word in settings.trusted_documents:
        kind, _, mode = word.partition("=")
        if mode not in set(Mode) or kind not in {EVERYBODY, *KINDS}:
            known = ", ".join(KINDS)
            raise ValueError(
                f"GATEWAY_TRUSTED_DOCUMENTS: {word} must be a kind of viewer ({known} or *), `=`, and off, log or require."
            )
        modes[kind] = Mode(mode)
    return modes
