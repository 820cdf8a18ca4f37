"""Ending well, and reading the policy anew: one process."""

import asyncio
import signal
from contextlib import asynccontextmanager

import httpx
from sqlalchemy import text

from gateway.db.engine import make_engine
from tests.operation.conftest import TOKEN, Process, until

NAME = {"query": "{ clients(first: 1) { totalCount } }"}


@asynccontextmanager
async def locked(url):
    """Meanwhile whoever reads clients waits."""
    engine = make_engine(url, statement_seconds=0)
    async with engine.begin() as connection:
        await connection.execute(text("LOCK TABLE client IN ACCESS EXCLUSIVE MODE"))
        yield connection
    await engine.dispose()


async def waiting(connection, how_many=1):
    """Once so many wait for the lock. Every look is a round trip."""
    asked = """SELECT count(DISTINCT pid) FROM pg_locks
        WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""

    async def are_waiting():
        return await connection.scalar(text(asked)) >= how_many

    await until(are_waiting)


async def refused(port):
    """Once nobody takes connections there any more."""

    async def is_refused():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return True
        writer.close()
        return False

    await until(is_refused)


async def test_a_running_request_is_finished_and_new_ones_are_not_taken(copy, tokens):
    url = await copy()
    with Process(url) as process:
        base = f"http://127.0.0.1:{await process.ready()}"
        async with httpx.AsyncClient(base_url=base, timeout=60) as http:
            async with locked(url) as connection:
                slow = asyncio.create_task(http.post("/graphql", json=NAME, headers=tokens("ada")))
                await waiting(connection)
                process.signal(signal.SIGTERM)
                await refused(process.events("listening")[0]["port"])
            answer = await slow
        status = await process.end()

    assert answer.json() == {"data": {"clients": {"totalCount": 4}}}
    assert answer.headers["connection"] == "close"
    assert status == 0
    assert [line["event"] for line in process.lines[-3:]] == ["request", "stopped", "end of output"]


async def test_a_request_that_does_not_end_is_not_waited_for_longer_than_set(copy, tokens):
    url = await copy()
    with Process(url, GATEWAY_SHUTDOWN_SECONDS="1") as process:
        base = f"http://127.0.0.1:{await process.ready()}"
        async with httpx.AsyncClient(base_url=base, timeout=60) as http, locked(url) as connection:
            slow = asyncio.create_task(http.post("/graphql", json=NAME, headers=tokens("ada")))
            await waiting(connection)
            process.signal(signal.SIGTERM)
            status = await process.end()
            [ended] = await asyncio.gather(slow, return_exceptions=True)

    assert status == 0
    assert isinstance(ended, httpx.RemoteProtocolError) or ended.status_code == 500
    assert process.events("bug") == []


async def test_while_it_drains_it_serves_and_says_that_it_is_not_ready(database_url, tokens):
    with Process(database_url, GATEWAY_DRAIN_SECONDS="600") as process:
        base = f"http://127.0.0.1:{await process.ready()}"
        async with httpx.AsyncClient(base_url=base, timeout=60) as http:
            before = await http.get("/readyz")
            process.signal(signal.SIGTERM)

            async def is_unready():
                return (await http.get("/readyz")).status_code == 503

            await until(is_unready)
            ready = await http.get("/readyz")
            served = await http.post("/graphql", json=NAME, headers=tokens("ada"))
            alive = await http.get("/healthz")
        process.signal(signal.SIGTERM)  # twice: at once
        status = await process.end()

    assert before.status_code == 200
    assert ready.json()["checks"]["serving"] == "stopping"
    assert served.json() == {"data": {"clients": {"totalCount": 4}}}
    assert alive.status_code == 200
    assert status == 0


ASKED = {"query": "{ clients(first: 1) { nodes { contactEmail } } }"}


async def test_a_hangup_puts_a_good_policy_in_force_and_keeps_out_a_bad_one(database_url, tokens, policies):
    rule = policies / "clients.polar"
    good = rule.read_text()
    with Process(database_url, GATEWAY_POLICIES=str(policies)) as process:
        base = f"http://127.0.0.1:{await process.ready()}"
        [started] = process.events("started")
        async with httpx.AsyncClient(base_url=base, timeout=60) as http:

            async def answer():
                return (await http.post("/graphql", json=ASKED, headers=tokens("ada"))).json()

            first = await answer()
            rule.write_text(good + "\nread(f: ClientFacts) if f.nonsense;\n")
            process.signal(signal.SIGHUP)
            [kept] = await process.said("policy kept")
            meanwhile = await answer()

            rule.write_text(good + "\n# Another text, and so another version.\n")
            process.signal(signal.SIGHUP)
            [reloaded] = await process.said("policy reloaded")
            after = await answer()
            page = (await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).text
        process.signal(signal.SIGTERM)
        status = await process.end()

    assert first == meanwhile == after
    assert kept["version"] == started["policy"]
    assert kept["problem"].startswith("clients.polar:")
    assert reloaded["version"] != started["policy"]
    assert f'gateway_policy_info{{version="{started["policy"]}"}} 0.0' in page
    assert f'gateway_policy_info{{version="{reloaded["version"]}"}} 1.0' in page
    assert status == 0


async def test_a_taken_port_is_one_sentence(database_url):
    with Process(database_url) as first:
        port = await first.ready()
        with Process(database_url, PORT=str(port)) as second:
            status = await second.end()
            [said] = await second.said("text")

    assert status == 1
    assert (
        said["said"]
        == f"Port {port} of 127.0.0.1 is not available (Address already in use); set PORT to another one.\n"
    )
