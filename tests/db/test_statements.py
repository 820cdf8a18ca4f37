"""Connections for compiled statements: what stays prepared, and what a cancelled, failed or lost statement leaves behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from gateway.db.engine import address
from gateway.db.statements import Pool
from gateway.errors import Unavailable

PREPARED = "SELECT array_agg(name ORDER BY prepare_time) FROM pg_prepared_statements WHERE name LIKE 'compiled%'"
SLEEP = "SELECT pg_sleep(600)"
Make = Callable[..., Pool]


@pytest.fixture
async def make(database_url: str) -> AsyncIterator[Make]:
    made: list[Pool] = []

    def pool(*, size: int = 2, kept: int = 50, timeout: float = 5.0) -> Pool:
        url = address(database_url)
        settings = {"statement_seconds": 30.0, "application_name": "partner-gateway-tests"}
        made.append(Pool(url, size=size, kept=kept, timeout=timeout, **settings))
        return made[-1]

    yield pool
    for each in made:
        await each.close()


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - the pool has no event for it
        await asyncio.sleep(0)


@asynccontextmanager
async def busy(pool: Pool) -> AsyncIterator[asyncio.Task[Any]]:
    """All connections are open, and one is in use until the task is cancelled."""
    await value(pool, "SELECT 1")
    task = asyncio.create_task(value(pool, SLEEP))
    await until(lambda: not pool._idle)
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def value(pool: Pool, sql: str, *parameters: Any) -> Any:
    return (await pool.row(sql, parameters))[0]


async def test_a_statement_is_prepared_once_and_its_plan_is_for_all_parameters(make: Make) -> None:
    pool = make(size=1)
    sums = [await value(pool, "SELECT $1::int + 1", number) for number in range(5)]
    plans = await pool.row(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%+ 1'", ()
    )

    assert sums == [1, 2, 3, 4, 5]
    assert tuple(plans) == (5, 0)
    assert await value(pool, "SHOW timezone") == "UTC"
    assert pool.open == 1


async def test_only_the_statements_used_last_stay_prepared(make: Make) -> None:
    pool = make(size=1, kept=3)
    for number in (1, 2, 3, 1, 4, 5):
        await value(pool, f"SELECT {number}")
    names = await value(pool, PREPARED)

    assert pool.prepared == 3
    assert len(names) <= 4  # the oldest is closed when the next one is prepared


async def test_a_cancelled_statement_ends_its_connection(make: Make) -> None:
    pool = make(size=1)
    async with busy(pool) as task:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert pool.open == 0
    assert await value(pool, "SELECT 2") == 2


async def test_an_error_of_a_statement_leaves_its_connection_open(make: Make) -> None:
    pool = make(size=1)
    first = await value(pool, "SELECT pg_backend_pid()")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await value(pool, "SELECT 1 / $1::int", 0)

    assert await value(pool, "SELECT pg_backend_pid()") == first


async def test_a_connection_that_the_server_ended_is_replaced(make: Make) -> None:
    pool, other = make(size=1), make(size=1)
    first = await value(pool, "SELECT pg_backend_pid()")
    assert await value(other, "SELECT pg_terminate_backend($1)", first)
    await until(lambda: not pool._idle[0].is_usable)

    assert await value(pool, "SELECT pg_backend_pid()") != first
    assert pool.open == 1


async def test_who_waits_too_long_is_told_that_the_service_is_not_available(make: Make) -> None:
    pool = make(size=1, timeout=0.1)
    async with busy(pool):
        with pytest.raises(Unavailable):
            await value(pool, "SELECT 1")

    assert await value(pool, "SELECT 1") == 1


async def test_those_who_wait_have_their_turn(make: Make) -> None:
    pool = make(size=2)
    found = await asyncio.gather(*(value(pool, "SELECT $1::int", number) for number in range(50)))

    assert found == list(range(50))
    assert pool.open == 2


async def test_a_turn_that_was_given_up_passes_on(make: Make) -> None:
    pool = make(size=1)
    async with busy(pool) as task:
        impatient = asyncio.create_task(value(pool, "SELECT 1"))
        patient = asyncio.create_task(value(pool, "SELECT 2"))
        await until(lambda: len(pool._waiting) == 2)
        task.cancel()
        await until(lambda: len(pool._waiting) == 1)  # the turn is given, but not taken yet
        impatient.cancel()

        assert await patient == 2


async def test_no_connection_to_a_server_that_is_away_is_counted(database_url: str) -> None:
    nowhere = make_url(address(database_url)).set(host="127.0.0.1", port=1, query={})
    changes: list[int] = []
    pool = Pool(
        nowhere,
        size=1,
        kept=1,
        timeout=1.0,
        statement_seconds=1.0,
        application_name="tests",
        counted=changes.append,
    )
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            await value(pool, "SELECT 1")

    assert pool.open == 0
    assert changes == [1, -1] * 3
