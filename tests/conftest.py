"""One server for each pytest worker, one migrated database with the demo world on it, one transaction for each test."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db import embedded, migrate
from gateway.db.engine import make_engine
from gateway.db.seeds.demo import seed_demo
from gateway.db.statements import Pool
from tests.support.client_joins import broken_joins

pytest_plugins = ["tests.support.read_counts"]
Copy = Callable[[], Awaitable[str]]
MARKED: Final = {
    "slow": (
        "tests/graph/proofs/",
        "tests/graph/stateful/",
        "tests/house/test_docs.py::test_the_pages_that_are_generated",
        "tests/house/test_server.py",
        "tests/house/test_wheel.py",
        "tests/http/test_wire.py",
        "tests/policies/test_matrix.py",
        "tests/policies/test_mutation.py",
        "tests/policies/test_oracle.py",
        "tests/policies/test_three_ways.py",
        "tests/policies/test_tools.py::test_a_column_of_the_page",
        "tests/recipes/",
    ),
    "browser": (
        "tests/explorer/test_browser.py",
        "tests/explorer/test_comparison.py",
        "tests/explorer/test_docs_pane.py",
        "tests/explorer/test_example_tabs.py",
        "tests/explorer/test_facts.py",
        "tests/explorer/test_mails.py",
        "tests/explorer/test_matrix.py",
        "tests/explorer/test_small_windows.py",
    ),
    "clients": ("tests/outside_clients/",),
}
"""The tests with a marker, by the beginning of their ids."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker, places in MARKED.items():
            if item.nodeid.startswith(places):
                item.add_marker(marker)


@pytest.fixture(autouse=True, scope="session")
def executed_joins() -> Iterator[list[str]]:
    """The joins of clients' tables without their clients, in the statements that this process has executed."""
    found: list[str] = []
    known: set[str] = set()

    def look(connection: Any, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        if context is not None and context.compiled is not None and sql not in known:
            known.add(sql)
            found.extend(f"{pair}: {sql}" for pair in broken_joins(context.compiled.statement))

    event.listen(Engine, "before_cursor_execute", look)
    yield found
    event.remove(Engine, "before_cursor_execute", look)


@pytest.fixture(autouse=True)
def joins_compare_clients(executed_joins: list[str]) -> Iterator[None]:
    """Fails the test that was the first to execute such a join (see `tests/support/client_joins.py`)."""
    yield
    found = list(executed_joins)
    executed_joins.clear()
    assert not found, "\n".join(found)


@pytest.fixture(autouse=True, scope="session")
def pools() -> Iterator[list[Pool]]:
    """The pools of compiled statements of all applications of this process, in the order in which they were made."""
    made: list[Pool] = []
    begin = Pool.__init__

    def note(self: Pool, *given: Any, **more: Any) -> None:
        begin(self, *given, **more)
        made.append(self)

    Pool.__init__ = note  # type: ignore[method-assign]
    yield made
    Pool.__init__ = begin  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def connections_end_with_the_test(pools: list[Pool]) -> Iterator[None]:
    """Ends the connections of an application that a test made and whose lifespan it did not run."""
    before = len(pools)
    yield
    for pool in pools[before:]:
        while pool._idle:
            pool._open -= 1
            pool._idle.pop().terminate()
    del pools[before:]


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database that is always there, on `DATABASE_URL`'s server or on one of our own."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    folder: Path = tmp_path_factory.mktemp("postgres")
    with embedded.start(folder, durable=False) as running:
        yield running.url
    embedded.erase(folder)


@pytest.fixture(scope="session")
async def copy(server_url: str) -> AsyncIterator[Copy]:
    """A function that gives the address of a fresh copy of the migrated database with the demo world on it."""
    engine = make_engine(server_url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    prefix = f"gateway_test_{os.getpid()}"
    made: list[str] = []
    numbers = count()

    async def create(*, template: str | None) -> str:
        name = f"{prefix}_{next(numbers)}"
        made.append(name)
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}"))
        return name

    original = await create(template=None)
    await migrate.upgrade(address(server_url, original))
    seeding = make_engine(address(server_url, original))
    async with seeding.begin() as connection:
        await seed_demo(connection)
    await seeding.dispose()

    async def fresh() -> str:
        return address(server_url, await create(template=original))

    yield fresh

    async with engine.connect() as connection:
        for name in made:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.fixture(scope="session")
async def database_url(copy: Copy) -> str:
    """The database of this worker. What a test commits there, later tests see: ask for `copy` to commit."""
    return await copy()


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url, statement_seconds=120, application_name="partner-gateway-tests")
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that is rolled back."""
    async with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        await transaction.rollback()


def address(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
