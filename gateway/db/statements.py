"""Connections for compiled statements: named prepared statements with generic plans, and no transaction to begin or reset."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, Protocol

import asyncpg
from sqlalchemy import URL

from gateway.db.engine import CONNECT_SECONDS, ONE_FOR_ALL, PLANS, session_settings
from gateway.errors import Unavailable

PLANNER: Final = {
    PLANS: ONE_FOR_ALL,
    # The tables of a portal are cached: reading a page by an index costs little more than reading it in order.
    "random_page_cost": "1.1",
}


class Statements(Protocol):
    """Runs statements, each on a connection that has it prepared."""

    async def row(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """The one row of a statement."""

    async def close(self) -> None: ...


class Pool:
    """At most `size` connections, opened when first needed. Each keeps the `kept` statements that it used last.

    `counted` is called with the change of their number.
    """

    def __init__(
        self,
        url: URL,
        *,
        size: int,
        kept: int,
        timeout: float,
        statement_seconds: float,
        application_name: str,
        counted: Callable[[int], None] = lambda _: None,
    ) -> None:
        _, self._address = url.get_dialect()().create_connect_args(url)
        self._settings = session_settings(application_name, statement_seconds) | PLANNER
        self._size, self._kept, self._timeout = size, kept, timeout
        self._idle: list[_Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._open, self._counted = 0, counted
        self._closed = False

    @property
    def open(self) -> int:
        return self._open

    @property
    def prepared(self) -> int:
        """Statements that idle connections have prepared."""
        return sum(connection.prepared for connection in self._idle)

    async def row(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        connection = await self._taken()
        try:
            found = await connection.row(sql, parameters)
        except BaseException as error:
            # After a cancellation the server may still be running the statement. After an error of the server itself, such as a
            # column that a migration has dropped, the connection is as good as before.
            self._return(connection, usable=isinstance(error, asyncpg.PostgresError))
            raise
        self._return(connection, usable=True)
        return found

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            self._count(-1)
            await self._idle.pop().close()

    async def _taken(self) -> "_Connection":
        while True:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_usable:
                    return connection
                self._count(-1)
            if self._open < self._size:
                return await self._another()
            await self._turn()

    async def _another(self) -> "_Connection":
        self._count(1)
        try:
            opened = await asyncpg.connect(
                **self._address, timeout=CONNECT_SECONDS, server_settings=self._settings, statement_cache_size=0
            )
        except BaseException:
            self._count(-1)
            self._wake()
            raise
        return _Connection(opened, self._kept)

    async def _turn(self) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(self._timeout):
                await waiting
        except BaseException as error:
            if waiting.done() and not waiting.cancelled():
                self._wake()  # the turn passes on
            if isinstance(error, TimeoutError):
                raise Unavailable("The service is not available at the moment. Send the request again later.") from None
            raise

    def _return(self, connection: "_Connection", *, usable: bool) -> None:
        if usable and connection.is_usable and not self._closed:
            self._idle.append(connection)
        else:
            self._count(-1)
            connection.terminate()
        self._wake()

    def _count(self, change: int) -> None:
        self._open += change
        self._counted(change)

    def _wake(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return


class _Connection:
    """One connection and its prepared statements, the one used last at the end."""

    def __init__(self, opened: Any, kept: int) -> None:
        self._opened, self._kept = opened, kept
        self._statements: OrderedDict[str, Any] = OrderedDict()
        self._names = count()

    @property
    def is_usable(self) -> bool:
        return not self._opened.is_closed()

    @property
    def prepared(self) -> int:
        return len(self._statements)

    async def row(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        statement = self._statements.get(sql)
        if statement is None:
            # Without a name of its own it would be parsed and planned at each execution.
            statement = await self._opened.prepare(sql, name=f"compiled_{next(self._names)}")
            self._statements[sql] = statement
            if len(self._statements) > self._kept:
                self._statements.popitem(last=False)  # the driver closes it when the last reference is gone
        else:
            self._statements.move_to_end(sql)
        found: Sequence[Any] = await statement.fetchrow(*parameters)
        return found

    def terminate(self) -> None:
        self._opened.terminate()

    async def close(self) -> None:
        try:
            await self._opened.close(timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._opened.terminate()  # the server is gone already
