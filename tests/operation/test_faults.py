"""A database that is slow, full or away, and back again."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.db import embedded, migrate
from gateway.db import engine as engines
from gateway.db.engine import make_engine
from gateway.db.seeds.demo import seed_demo
from tests.operation.conftest import until
from tests.operation.test_shutdown import locked

NAMES = "{ clients(first: 10) { totalCount } }"
WELL = {"data": {"clients": {"totalCount": 4}}}


async def test_a_statement_over_its_time_is_a_timeout_to_ask_again_later(run, copy):
    url = await copy()
    async with run(url, statement_seconds=0.2) as running:
        async with locked(url):
            answer = await running.ask("ada", NAMES)
        after = await running.ask("ada", NAMES)

    assert answer.status_code == 503
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["TIMEOUT"]
    assert "data" not in answer.json()
    assert answer.headers["retry-after"] == "5"
    assert after.json() == WELL


async def test_a_request_over_its_time_gives_its_connection_back(run, copy):
    url = await copy()
    async with run(url, request_seconds=0.2, pool_size=1, pool_overflow=0) as running:
        async with locked(url):
            answer = await running.ask("ada", NAMES)
        after = await running.ask("ada", "{ viewer { user { name } } }")

    assert answer.status_code == 503
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["TIMEOUT"]
    assert after.status_code == 200


async def test_when_all_connections_are_lent_out_others_are_told_to_ask_again(run):
    async with run(pool_size=1, pool_overflow=0, pool_timeout_seconds=0.05) as running:
        async with running.app.state.gateway.engine.connect():
            answer = await running.ask("ada", NAMES)
        after = await running.ask("ada", NAMES)

    assert answer.status_code == 503
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["SERVICE_UNAVAILABLE"]
    assert answer.headers["retry-after"] == "5"
    assert after.json() == WELL
    assert running.value("pool_wait_seconds_count") == 1  # who got none is among the errors
    assert running.value("errors_total", operation="query", code="SERVICE_UNAVAILABLE") == 1


async def test_a_request_takes_one_connection_and_a_change_keeps_none_meanwhile(run, copy):
    """So that many at once, each holding one, never wait for each other's second one."""
    refresh = 'mutation { refresh(input: {refreshToken: "gwr_none"}) { accessToken } }'
    async with run(
        await copy(),
        pool_size=1,
        pool_overflow=0,
        pool_timeout_seconds=600,
        request_seconds=600,
        in_flight_person=20,
        in_flight_organisation=20,
    ) as running:
        answers = await asyncio.gather(
            *(running.ask("ada", NAMES) for _ in range(20)), *(running.ask(None, refresh) for _ in range(20))
        )

    assert {answer.status_code for answer in answers[:20]} == {200}
    assert {code(answer) for answer in answers[20:]} == {"UNAUTHENTICATED"}


def code(answer):
    [error] = answer.json()["errors"]
    return error["extensions"]["code"]


@pytest.fixture
def folder():
    parent = Path(tempfile.mkdtemp(prefix="gw-"))
    yield parent / "db"
    embedded.erase(parent / "db")
    shutil.rmtree(parent)


async def test_while_the_database_is_away_it_says_so_and_serves_again_by_itself(run, folder):
    with embedded.start(folder, durable=False) as first:
        url = first.url
        await migrate.upgrade(url)
        engine = make_engine(url)
        async with engine.begin() as connection:
            await seed_demo(connection)
        await engine.dispose()

        async with run(url) as running:
            before = await running.ask("ada", NAMES)
            first.stop()
            away = [await running.ask("ada", NAMES) for _ in range(3)]
            not_ready = await running.http.get("/readyz")
            with embedded.start(folder, durable=False) as second:
                assert second.url == url
                back = [await running.ask("ada", NAMES) for _ in range(3)]
                ready = await running.http.get("/readyz")

    assert before.json() == WELL
    assert [answer.status_code for answer in away] == [503] * 3
    assert {code(answer) for answer in away} == {"SERVICE_UNAVAILABLE"}
    assert {answer.headers["retry-after"] for answer in away} == {"5"}
    assert not_ready.json()["checks"]["database"] == "unreachable"
    assert [answer.json() for answer in back] == [WELL] * 3
    assert ready.status_code == 200


async def test_a_database_that_takes_the_call_and_never_speaks_is_given_up(run, monkeypatch):
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 0.1)

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, run(f"postgresql+asyncpg://nobody@127.0.0.1:{port}/nothing") as running:
        answer = await running.ask("ada", NAMES)

    assert answer.status_code == 503


async def test_clients_that_go_away_leave_no_connection_behind(run, copy):
    url = await copy()
    async with run(url, pool_size=2, pool_overflow=0) as running:
        async with locked(url) as connection:
            asking = [asyncio.create_task(running.ask("ada", NAMES)) for _ in range(2)]

            async def are_asking():
                return running.value("pool_in_use") == 2

            await until(are_asking)
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            await connection.execute(text("SELECT 1"))
        in_use = running.value("pool_in_use")
        after = await running.ask("ada", NAMES)

    assert in_use == 0
    assert after.json() == WELL
