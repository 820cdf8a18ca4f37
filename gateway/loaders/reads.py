"""The one connection that a request reads on."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Reads:
    """Loaders take turns on one autocommit connection: a connection for each of them would starve the pool.

    It is borrowed when it is first needed and given back by `close`.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        async with self._turn:
            if self._connection is None:
                self._connection = await self._engine.connect()
            result = await self._connection.execute(statement, parameters)
            return result.all()

    async def close(self) -> None:
        async with self._turn:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
