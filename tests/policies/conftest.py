"""The policy as it ships, read once."""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import configure_mappers

from gateway.db import migrate
from gateway.db.engine import make_engine
from gateway.db.models import Base
from gateway.policy.policy import Policy
from gateway.policy.rows import Row, describe
from tests.conftest import address

POLICIES: Final = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def rows() -> Mapping[str, Row]:
    configure_mappers()
    return describe(Base.registry.mappers)


@pytest.fixture(scope="session")
def policy(rows: Mapping[str, Row]) -> Policy:
    return Policy.load(POLICIES, rows)


@pytest.fixture(scope="session")
async def empty(server_url: str) -> AsyncIterator[AsyncEngine]:
    """The migrated schema without the demo world."""
    name = f"gateway_three_ways_{os.getpid()}"
    server = make_engine(server_url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    await migrate.upgrade(address(server_url, name))
    engine = make_engine(address(server_url, name), application_name="three-ways")
    yield engine
    await engine.dispose()
    async with server.connect() as connection:
        await connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()
