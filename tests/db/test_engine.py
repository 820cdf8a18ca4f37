import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.db.engine import address, make_engine
from gateway.errors import Unavailable
from gateway.http.errors import refusal_in


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgres://a:b@db/x", "postgresql+asyncpg://a:b@db/x"),
        ("postgresql://a@db:6432/x", "postgresql+asyncpg://a@db:6432/x"),
        ("postgresql+asyncpg://a@db/x", "postgresql+asyncpg://a@db/x"),
        ("postgres://a@db/x?sslmode=require", "postgresql+asyncpg://a@db/x?ssl=require"),
    ],
)
def test_addresses_are_understood_as_hosting_companies_write_them(given, understood):
    assert address(given).render_as_string(hide_password=False) == understood


async def test_a_connection_is_set_up_for_short_reads(database_url):
    engine = make_engine(database_url, statement_seconds=1.5, application_name="somebody")
    async with engine.connect() as connection:
        settings = dict((await connection.execute(text("SELECT name, setting FROM pg_settings"))).all())
    await engine.dispose()

    assert settings["statement_timeout"] == "1500"
    assert settings["application_name"] == "somebody"
    assert settings["TimeZone"] == "UTC"
    assert settings["jit"] == "off"
    assert settings["plan_cache_mode"] == "force_custom_plan"


async def test_a_statement_that_takes_too_long_is_ended(database_url):
    engine = make_engine(database_url, statement_seconds=0.05)
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await connection.execute(text("SELECT pg_sleep(5)"))
    await engine.dispose()


async def test_nobody_notices_that_the_server_closed_idle_connections(database_url):
    engine = make_engine(database_url, pool_size=2, application_name="about to be cut off")
    connections = [await engine.connect(), await engine.connect()]
    for connection in connections:
        await connection.execute(text("SELECT 1"))
        await connection.close()

    await _cut_off(database_url, "about to be cut off")

    for _ in range(3):
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()


async def test_who_loses_the_connection_at_work_fails_and_the_next_one_does_not(database_url):
    engine = make_engine(database_url, pool_size=1, overflow=0, application_name="at work")
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await _cut_off(database_url, "at work")
        with pytest.raises(DBAPIError):
            await connection.execute(text("SELECT 1"))

    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()


async def _cut_off(url: str, application_name: str) -> None:
    engine = make_engine(url)
    cut = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = :name")
    async with engine.connect() as connection:
        await connection.execute(cut, {"name": application_name})
    await engine.dispose()
    await asyncio.sleep(0.05)  # the news arrives through the event loop


async def test_a_connection_whose_end_the_driver_has_not_noticed_yet_is_away_and_not_lent_again(
    database_url, monkeypatch
):
    engine = make_engine(database_url, pool_size=1, overflow=0)

    async def impossible(*_: object, **__: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 11; another operation (1) is in progress")

    async with engine.connect() as connection:
        first = (await connection.get_raw_connection()).driver_connection
        with monkeypatch.context() as patch:
            patch.setattr(asyncpg.Connection, "prepare", impossible)
            patch.setattr(asyncpg.Connection, "_prepare", impossible)
            with pytest.raises(asyncpg.ConnectionDoesNotExistError) as lost:
                await connection.execute(text("SELECT 20261"))
    async with engine.connect() as connection:
        second = (await connection.get_raw_connection()).driver_connection
        again = await connection.scalar(text("SELECT 20261"))
    await engine.dispose()

    assert isinstance(refusal_in(lost.value), Unavailable)
    assert second is not first
    assert again == 20261
