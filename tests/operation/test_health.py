"""Probes: alive, and ready."""

import asyncio

import pytest
from sqlalchemy import event, text

from gateway.db.engine import make_engine
from gateway.http.routes import health
from gateway.http.routes.health import Readiness

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
WELL = {"serving": "ok", "policy": "ok", "database": "ok", "migrations": "ok"}


async def test_a_process_is_alive_whatever_becomes_of_its_database(run):
    async with run(NOWHERE) as running:
        answer = await running.http.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"
    assert running.value("pool_open") == 0


async def test_a_gateway_is_ready_when_all_checks_are_well(run):
    async with run() as running:
        answer = await running.http.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": WELL})


async def test_without_its_database_it_is_not_ready_and_says_no_more_than_that(run):
    async with run(NOWHERE) as running:
        answer = await running.http.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "checks": {**WELL, "database": "unreachable", "migrations": "unknown"},
    }


async def test_a_database_that_takes_the_call_and_never_speaks_is_unreachable(monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.1)

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    readiness = Readiness(make_engine(f"postgresql+asyncpg://nobody@127.0.0.1:{port}/nothing"))
    async with listening:
        checks = await readiness.checks()
        await readiness.close()

    assert checks["database"] == "unreachable"


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", 503, "behind"),
        ("DELETE FROM alembic_version", 503, "behind"),
        ("DROP TABLE alembic_version", 503, "behind"),
        ("UPDATE alembic_version SET version_num = 'of a newer release'", 200, "ok"),
    ],
)
async def test_missing_migrations_are_told_and_newer_ones_are_no_hindrance(run, copy, change, status, word):
    url = await copy()
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(change))
    await engine.dispose()

    async with run(url) as running:
        answer = await running.http.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (status, {**WELL, "migrations": word})


async def test_probes_at_the_same_time_share_one_look(database_url):
    engine, looks = make_engine(database_url), []
    event.listen(engine.sync_engine, "checkout", lambda *_: looks.append(1))
    readiness = Readiness(engine)

    answers = await asyncio.gather(*(readiness.checks() for _ in range(100)))
    first = len(looks)
    await readiness.checks()
    await readiness.close()

    assert answers == [WELL] * 100
    assert (first, len(looks)) == (1, 2)


async def test_a_probe_that_goes_away_takes_nobodys_answer_with_it(database_url):
    readiness = Readiness(make_engine(database_url))
    leaving, staying = asyncio.create_task(readiness.checks()), asyncio.create_task(readiness.checks())
    await asyncio.sleep(0)

    leaving.cancel()
    found = await staying
    await readiness.close()

    assert found == WELL
    assert leaving.cancelled()


async def test_a_busy_pool_is_no_reason_to_be_taken_away(run):
    async with run(pool_size=1, pool_overflow=0) as running, running.app.state.gateway.engine.connect():
        answer = await running.http.get("/readyz")

    assert answer.json()["checks"] == WELL


async def test_a_gateway_that_is_told_to_stop_is_not_ready(run):
    async with run() as running:
        running.app.state.readiness.is_stopping = True
        answer = await running.http.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (503, {**WELL, "serving": "stopping"})
