"""Changes that wait for each other, over HTTP: no caller takes all connections, and no answer hides what was committed."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event, text
from sqlalchemy.util import await_only

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.resolvers.core import transaction
from tests.operation.conftest import until

LOCALE = "mutation ($locale: Locale!) { setLocale(input: {locale: $locale}) { user { locale } } }"
FIVE = " ".join(["mutation {", *(f"m{n}: setLocale(input: {{locale: SV}}) {{ user {{ id }} }}" for n in range(5)), "}"])
SIGNED_IN = "{ viewer { user { name } } }"


@asynccontextmanager
async def held(url, who):
    """Meanwhile the row of a person is locked by another change."""
    engine = make_engine(url, statement_seconds=0)
    async with engine.begin() as connection:
        await connection.execute(text("SELECT id FROM user_account WHERE id = :id FOR UPDATE"), {"id": key(who)})
        yield connection
    await engine.dispose()


async def waiting(connection, count):
    """Once so many transactions wait for a lock."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def are_waiting():
        await connection.execute(text("SELECT pg_stat_clear_snapshot()"))  # else a transaction sees what it saw before
        return await connection.scalar(text(asked)) >= count

    await until(are_waiting)


async def locale(url, who):
    engine = make_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(text("SELECT locale FROM user_account WHERE id = :id"), {"id": key(who)})
    await engine.dispose()
    return found


def errors(answer):
    return [error["extensions"] for error in answer.json()["errors"]]


@pytest.fixture
def patient(monkeypatch):
    """A change waits for a lock as long as its request lasts."""
    monkeypatch.setattr(transaction, "PATIENCE", sa.select(sa.bindparam("milliseconds", type_=sa.Text())))


async def test_a_lock_that_is_held_too_long_is_a_conflict_of_that_field_alone(run, copy):
    url = await copy()
    async with run(url, lock_seconds=0.1) as running:
        async with held(url, "ada"):
            answer = await running.ask("ada", LOCALE, variables={"locale": "SV"})
            other = await running.ask("ben", LOCALE, variables={"locale": "SV"})
        again = await running.ask("ada", LOCALE, variables={"locale": "SV"})

    assert (answer.status_code, answer.json()["data"]) == (200, {"setLocale": None})
    assert errors(answer) == [{"code": "CONFLICT", "rule": "BUSY", "retryAfter": 1}]
    assert (other.json(), again.json()) == ({"data": {"setLocale": {"user": {"locale": "SV"}}}},) * 2
    assert [line for line in running.lines if line["event"] == "bug"] == []


async def test_a_lock_that_was_held_is_tried_again_with_the_same_key(run, copy):
    url = await copy()
    keyed = {"Idempotency-Key": "one"}
    async with run(url, lock_seconds=0.1) as running:
        async with held(url, "ada"):
            first = await running.ask("ada", LOCALE, keyed, variables={"locale": "SV"})
        again = await running.ask("ada", LOCALE, keyed, variables={"locale": "SV"})

    assert errors(first) == [{"code": "CONFLICT", "rule": "BUSY", "retryAfter": 1}]
    assert again.json() == {"data": {"setLocale": {"user": {"locale": "SV"}}}}
    assert "idempotency-replayed" not in again.headers


async def test_a_change_waits_at_most_half_as_long_as_its_request(run, copy):
    url = await copy()
    async with run(url, lock_seconds=60, request_seconds=8) as running, held(url, "ada"):
        answer = await running.ask("ada", LOCALE, variables={"locale": "SV"})

    assert errors(answer) == [{"code": "CONFLICT", "rule": "BUSY", "retryAfter": 1}]


async def test_one_caller_who_waits_for_a_lock_leaves_connections_to_others(run, copy):
    url = await copy()
    settings = {"pool_size": 3, "pool_overflow": 0, "in_flight_person": 2, "lock_seconds": 60}
    async with run(url, **settings) as running:
        async with held(url, "ada") as connection:
            asking = [asyncio.create_task(running.ask("ada", FIVE)) for _ in range(24)]
            await waiting(connection, 2)

            async def all_but_two_are_answered():
                return sum(task.done() for task in asking) == 22

            await until(all_but_two_are_answered)
            refused = [task.result() for task in asking if task.done()]
            strangers = [await running.ask(who, SIGNED_IN) for who in ("ben", "cora", "dag")]
        answers = await asyncio.gather(*asking)
        after = await running.ask("ada", SIGNED_IN)

    assert [answer.status_code for answer in strangers] == [200] * 3
    assert {answer.status_code for answer in refused} == {429}
    assert errors(refused[0]) == [{"code": "RATE_LIMITED", "retryAfter": 1}]
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert [answer.status_code for answer in answers].count(200) == 2
    assert after.status_code == 200


async def test_the_people_of_one_organisation_are_bounded_together(run, copy):
    url = await copy()
    async with run(url, in_flight_organisation=2, lock_seconds=60) as running:
        async with held(url, "ada") as connection:
            asking = [asyncio.create_task(running.ask("ada", LOCALE, variables={"locale": "SV"})) for _ in range(2)]
            await waiting(connection, 2)
            colleague, stranger = [await running.ask(who, SIGNED_IN) for who in ("ben", "gus")]
        await asyncio.gather(*asking)
        after = await running.ask("ben", SIGNED_IN)

    assert (colleague.status_code, errors(colleague)) == (429, [{"code": "RATE_LIMITED", "retryAfter": 1}])
    assert (stranger.status_code, after.status_code) == (200, 200)


async def test_who_is_refused_for_too_many_requests_waits_for_no_connection(run):
    async with run(pool_size=1, pool_overflow=0, pool_timeout_seconds=60, in_flight_person=1) as running:
        async with running.app.state.gateway.engine.connect():
            asking = {asyncio.create_task(running.ask("ada", SIGNED_IN)) for _ in range(2)}
            refused, waits = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            assert [task.result().status_code for task in refused] == [429]
        assert [(await task).status_code for task in waits] == [200]


async def test_a_change_that_timed_out_is_never_done_afterwards(run, copy, patient):
    url = await copy()
    before = await locale(url, "ada")
    async with run(url, request_seconds=0.5) as running:
        async with held(url, "ada") as connection:
            answer = await running.ask("ada", LOCALE, variables={"locale": "SV"})
            open_ones = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            )
            left = await connection.scalar(text(open_ones))
        after = await running.ask("ada", SIGNED_IN)

    assert (answer.status_code, errors(answer)) == (503, [{"code": "TIMEOUT"}])
    assert (left, after.status_code, await locale(url, "ada")) == (0, 200, before)


async def test_a_timeout_after_a_change_says_that_it_may_be_done(run, copy, patient):
    """The first change of the request is committed, the second one waits."""
    both = """mutation ($id: ID!, $member: ID!) { setLocale(input: {locale: SV}) { user { locale } }
      assignManagers(input: {clients: [$id], members: [$member]}) { clients { id } } }"""
    url = await copy()
    async with run(url, request_seconds=1.5) as running:
        seal = running.app.state.gateway.seal
        given = {"id": seal.id("Client", key("C1")), "member": seal.id("FirmMember", key("F/ben"))}
        engine = make_engine(url, statement_seconds=0)
        async with engine.begin() as connection:
            await connection.execute(text("SELECT id FROM client WHERE id = :id FOR UPDATE"), {"id": key("C1")})
            answer = await running.ask("ada", both, variables=given)
        await engine.dispose()

    assert (answer.status_code, errors(answer)) == (503, [{"code": "TIMEOUT", "mayHaveCommitted": True}])
    assert await locale(url, "ada") == "sv"


async def test_a_timeout_during_the_commit_says_that_it_may_be_done(run, copy):
    url = await copy()
    async with run(url, request_seconds=1) as running:
        engine = running.app.state.gateway.engine.sync_engine

        def hang(_):
            await_only(asyncio.Event().wait())

        event.listen(engine, "commit", hang)
        answer = await running.ask("ada", LOCALE, variables={"locale": "SV"})
        event.remove(engine, "commit", hang)
        after = await running.ask("ada", SIGNED_IN)

    assert (answer.status_code, errors(answer)) == (503, [{"code": "TIMEOUT", "mayHaveCommitted": True}])
    assert after.status_code == 200
