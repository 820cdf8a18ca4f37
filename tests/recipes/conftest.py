"""An empty database for the migrations of a copy."""

import os
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from gateway.db.engine import make_engine
from tests.conftest import address


@pytest.fixture(scope="session")
async def empty_database(server_url: str) -> AsyncIterator[str]:
    name = f"gateway_recipes_{os.getpid()}"
    engine = make_engine(server_url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield address(server_url, name)
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()
