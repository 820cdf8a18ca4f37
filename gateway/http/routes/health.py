"""Liveness and readiness of the process, for machines: the responses name failed checks without causes."""

import asyncio
from typing import Final, Literal

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.db.migrate import is_behind

PATIENCE: Final = 2.0  # seconds; probes rarely wait longer
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Word = Literal["ok", "unreachable", "behind", "unknown", "stopping"]


async def healthz(_: Request) -> Response:
    """Respond 200 without a query: an unavailable database is no reason to kill the process."""
    return JSONResponse({"status": "ok"}, headers=HEADERS)


class Readiness:
    """Whether requests can be served: the database is reachable, its tables are up to date, and the process is not stopping.

    It queries on connections of its own: when all others are in use, the process is busy and not broken.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._running: asyncio.Task[dict[str, Word]] | None = None
        self.is_stopping = False

    async def close(self) -> None:
        await self._engine.dispose()

    async def readyz(self, _: Request) -> Response:
        checks = await self.checks()
        is_ready = all(word == "ok" for word in checks.values())
        body = {"status": "ok" if is_ready else "unavailable", "checks": checks}
        return JSONResponse(body, 200 if is_ready else 503, HEADERS)

    async def checks(self) -> dict[str, Word]:
        """Each check and its result. Concurrent probes share one query; the gateway does not start without a valid policy."""
        if self._running is None:
            self._running = asyncio.create_task(self._check_database())
            self._running.add_done_callback(lambda _: setattr(self, "_running", None))
        found = await asyncio.shield(self._running)
        return {"serving": "stopping" if self.is_stopping else "ok", "policy": "ok", **found}

    async def _check_database(self) -> dict[str, Word]:
        try:
            async with asyncio.timeout(PATIENCE), self._engine.connect() as connection:
                behind = await is_behind(connection)
        except (TimeoutError, OSError, SQLAlchemyError):
            return {"database": "unreachable", "migrations": "unknown"}
        return {"database": "ok", "migrations": "behind" if behind else "ok"}
