"""Several processes behind one port."""

import asyncio
import os
import re
import signal
from pathlib import Path

import httpx
import pytest

from gateway.server.supervisor import next_pause
from tests.operation.conftest import TOKEN, Process, until
from tests.operation.test_shutdown import NAME, locked, refused, waiting


async def page(base):
    async with httpx.AsyncClient(base_url=base, timeout=60) as http:
        return (await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).text


async def ask(base, headers, times=1):
    """On connections of their own, so that all workers get some."""
    for _ in range(times):
        async with httpx.AsyncClient(base_url=base, timeout=60) as http:
            assert (await http.post("/graphql", json=NAME, headers=headers)).status_code == 200


def value(text, name):
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])


QUERIES = 'gateway_requests_total{operation="query",status="200"}'


def children(pid):
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def is_alive(pid):
    return Path(f"/proc/{pid}").exists()


async def gone(pids):
    """Once none of these processes is left."""

    async def are_gone():
        return not any(map(is_alive, pids))

    await until(are_gone)


pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="/proc tells who works for whom")


def test_who_dies_young_again_and_again_is_waited_for_longer_and_longer():
    pauses = [0.0]
    for lived in (0, 1, 9.9, 0, 0, 0, 0, 0, 10, 0):
        pauses.append(next_pause(pauses[-1], lived=lived))

    assert pauses == [0, 0.5, 1, 2, 4, 8, 16, 30, 30, 0, 0.5]


async def test_workers_share_a_port_and_any_of_them_tells_the_sum_of_all(database_url, tokens):
    with Process(database_url, GATEWAY_WORKERS="3") as process:
        base = f"http://127.0.0.1:{await process.ready(3)}"
        workers = children(process.pid)
        await asyncio.gather(*(ask(base, tokens("ada"), 20) for _ in range(6)))
        lines = process.events("request")
        pages = [await page(base) for _ in range(5)]
        process.signal(signal.SIGTERM)
        status = await process.end()

    assert len(workers) == 3
    assert {line["pid"] for line in lines} <= workers
    assert len({line["pid"] for line in lines}) > 1
    assert {value(text, QUERIES) for text in pages} == {120}
    assert {value(text, "gateway_processes") for text in pages} == {3}
    assert {value(text, "gateway_pool_limit") for text in pages} == {60}
    assert status == 0
    assert len(process.events("stopped")) == 3
    await gone(workers)


async def test_a_worker_that_is_killed_is_replaced_and_what_it_counted_stays(database_url, tokens):
    with Process(database_url, GATEWAY_WORKERS="2") as process:
        base = f"http://127.0.0.1:{await process.ready(2)}"
        await asyncio.gather(*(ask(base, tokens("ada"), 10) for _ in range(4)))
        victim, other = children(process.pid)
        os.kill(victim, signal.SIGKILL)
        await process.said("started", 3)
        [died] = process.events("worker died")
        now = children(process.pid)
        await ask(base, tokens("ada"), 4)
        text = await page(base)
        process.signal(signal.SIGINT)
        status = await process.end()

    assert (died["worker"], died["status"]) == (victim, -signal.SIGKILL)
    assert victim not in now
    assert other in now
    assert len(now) == 2
    assert value(text, QUERIES) == 44
    assert value(text, "gateway_processes") == 2
    assert status == 0


async def test_a_hangup_replaces_all_workers_once_the_policy_is_good_and_none_otherwise(database_url, tokens, policies):
    rule = policies / "clients.polar"
    good = rule.read_text()
    with Process(database_url, GATEWAY_WORKERS="2", GATEWAY_POLICIES=str(policies)) as process:
        base = f"http://127.0.0.1:{await process.ready(2)}"
        [version] = {line["policy"] for line in process.events("started")}
        first = children(process.pid)

        rule.write_text(good + "\nread(f: ClientFacts) if f.nonsense;\n")
        process.signal(signal.SIGHUP)
        [kept] = await process.said("policy kept")
        await ask(base, tokens("ada"))
        meanwhile = children(process.pid)

        rule.write_text(good + "\n# Another text, and so another version.\n")
        process.signal(signal.SIGHUP)
        [reloaded] = await process.said("policy reloaded")
        await process.said("stopped", 2)
        await gone(first)
        text = await page(base)
        second = children(process.pid)
        process.signal(signal.SIGTERM)
        status = await process.end()

    assert meanwhile == first
    assert kept["problem"].startswith("clients.polar:")
    assert reloaded["version"] != version
    assert len(second) == 2
    assert value(text, f'gateway_policy_info{{version="{reloaded["version"]}"}}') == 2
    assert f'version="{version}"' not in text
    assert status == 0
    assert process.events("worker died") == []


async def test_a_request_that_runs_while_workers_are_replaced_is_finished(copy, tokens, policies):
    url = await copy()
    with Process(url, GATEWAY_WORKERS="2", GATEWAY_POLICIES=str(policies)) as process:
        base = f"http://127.0.0.1:{await process.ready(2)}"
        async with httpx.AsyncClient(base_url=base, timeout=60) as http:
            async with locked(url) as connection:
                slow = asyncio.create_task(http.post("/graphql", json=NAME, headers=tokens("ada")))
                await waiting(connection)
                process.signal(signal.SIGHUP)
                await process.said("started", 4)
                await process.said("stopped", 1)  # the one that had nothing to do
            answer = await slow
        await process.said("stopped", 2)
        process.signal(signal.SIGTERM)
        status = await process.end()

    assert answer.json() == {"data": {"clients": {"totalCount": 4}}}
    assert status == 0


async def test_all_workers_finish_what_they_do_before_the_parent_ends(copy, tokens):
    url = await copy()
    with Process(url, GATEWAY_WORKERS="2") as process:
        port = await process.ready(2)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            async with locked(url) as connection:
                slow = [asyncio.create_task(http.post("/graphql", json=NAME, headers=tokens("ada"))) for _ in range(8)]
                await waiting(connection, 8)
                process.signal(signal.SIGTERM)
                await refused(port)
            answers = await asyncio.gather(*slow)
        status = await process.end()

    assert {answer.status_code for answer in answers} == {200}
    assert status == 0


@pytest.mark.parametrize("moment", ["begun", "serving"])
async def test_no_worker_outlives_its_parent(database_url, tmp_path, moment):
    with Process(database_url, GATEWAY_WORKERS="2", TMPDIR=str(tmp_path)) as process:

        async def both_are_begun():
            return len(children(process.pid)) == 2

        await (process.ready(2) if moment == "serving" else until(both_are_begun))
        workers = children(process.pid)
        process.signal(signal.SIGKILL)
        # Their last words may still be on the way to us when they are gone.
        stopped = await process.said("stopped", 2)
        await process.end()
        await gone(workers)

    assert {line["pid"] for line in stopped} == workers
    assert len(workers) == 2


async def test_a_policy_that_is_bad_from_the_beginning_is_one_sentence(database_url, policies):
    (policies / "clients.polar").unlink()
    with Process(database_url, GATEWAY_WORKERS="2", GATEWAY_POLICIES=str(policies)) as process:
        status = await process.end()
        await process.said("text")

    assert status == 1
    assert process.events("worker died") == []
