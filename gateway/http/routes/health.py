"""Whether this process lives, and whether requests should come to it. Both answers are for machines, and say nothing of why."""

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
    """The process answers. It touches nothing: a database that is away is no reason to be killed."""
    return JSONResponse({"status": "ok"}, headers=HEADERS)


class Readiness:
    """Whether requests can be answered: the database is there, its tables are as needed, and nobody has said stop.

    It asks on connections of its own: when all others are lent out the process is busy, not broken.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._asking: asyncio.Task[dict[str, Word]] | None = None
        self.is_stopping = False

    async def close(self) -> None:
        await self._engine.dispose()

    async def readyz(self, _: Request) -> Response:
        checks = await self.checks()
        is_ready = all(word == "ok" for word in checks.values())
        body = {"status": "ok" if is_ready else "unavailable", "checks": checks}
        return JSONResponse(body, 200 if is_ready else 503, HEADERS)

    async def checks(self) -> dict[str, Word]:
        """Each check and its word. Probes at the same time share one look; without a policy nothing serves at all."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(lambda _: setattr(self, "_asking", None))
        found = await asyncio.shield(self._asking)
        return {"serving": "stopping" if self.is_stopping else "ok", "policy": "ok", **found}

    async def _ask(self) -> dict[str, Word]:
        try:
            async with asyncio.timeout(PATIENCE), self._engine.connect() as connection:
                behind = await is_behind(connection)
        except (TimeoutError, OSError, SQLAlchemyError):
            return {"database": "unreachable", "migrations": "unknown"}
        return {"database": "ok", "migrations": "behind" if behind else "ok"}
