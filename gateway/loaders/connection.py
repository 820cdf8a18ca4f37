"""The connection with which a request reads."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.engine import EACH_ITS_OWN, ONE_FOR_ALL, PLANS


class ReadConnection:
    """Loaders take turns on one autocommit connection: a connection for each of them would exhaust the pool.

    It is acquired when it is first needed, and released by `close`; `waited` is called with the seconds that acquiring it
    took. `statements` counts the executed statements.
    """

    def __init__(self, engine: AsyncEngine, waited: Callable[[float], None] = lambda _: None) -> None:
        self._engine, self._waited = engine, waited
        self.statements = 0
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()

    async def rows(
        self, statement: Executable, parameters: Mapping[str, Any], *, by_few_keys: bool = False
    ) -> Sequence[Row[Any]]:
        """The rows of a statement. `by_few_keys`: it reads about a hundred keys at most, so one plan is good for all of them."""
        async with self._turn:
            connection = await self.connection()
            self.statements += 1
            plans = {PLANS: ONE_FOR_ALL if by_few_keys else EACH_ITS_OWN}
            result = await connection.execute(statement, parameters, execution_options=plans)
            return result.all()

    async def connection(self) -> AsyncConnection:
        """The connection itself, for reads without a loader."""
        if self._connection is None:
            started = time.perf_counter()
            self._connection = await self._engine.connect()
            self._waited(time.perf_counter() - started)
        return self._connection

    async def close(self) -> None:
        async with self._turn:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
