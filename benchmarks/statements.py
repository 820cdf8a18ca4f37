"""How many statements a request takes, as PostgreSQL counts them: it is told to log each for as long as we look."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mode
from typing import Final

from benchmarks.answers import answer
from benchmarks.load import Ask
from benchmarks.servers import Running
from benchmarks.worlds import connected
from gateway.db.embedded import Server

TIMES: Final = 8
# BEGIN and COMMIT are statements, too; ours of the settings below are not of any server that we measure.
STATEMENT: Final = re.compile(rb"LOG:  (?:execute|statement)(?!.*pg_reload_conf)")


@contextmanager
def logged(database: Server) -> Iterator[None]:
    asyncio.run(_log(database, "all"))
    yield
    asyncio.run(_log(database, "none"))


def counted(measured: Running, ask: Ask, database: Server) -> int:
    """What most of some requests take: a new connection asks the catalogue, too, and is told less of how to plan."""
    return mode(_of_one(measured, ask, database.room / "log") for _ in range(TIMES))


def _of_one(measured: Running, ask: Ask, log: Path) -> int:
    begun = log.stat().st_size
    answer(measured.port, ask)
    return len(STATEMENT.findall(log.read_bytes()[begun:]))


async def _log(database: Server, which: str) -> None:
    async with connected(database.url) as connection:
        await connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        await connection.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.5)  # each process reads it when it next has nothing to do
