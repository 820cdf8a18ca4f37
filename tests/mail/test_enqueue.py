"""A change's job is written by the change: it is there with it, once, or not at all."""

from collections import Counter
from datetime import UTC, datetime

import httpx
import pytest
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.app import build_app
from gateway.db import migrate
from gateway.db.engine import make_engine
from gateway.db.queries import jobs
from gateway.db.seeds.demo import key
from gateway.resolvers.core.transaction import MutationContext
from gateway.settings import Settings
from tests.mail.conftest import SEALING_KEY

REQUEST = "mutation ($input: RequestAccessInput!) { requestAccess(input: $input) { collaboration { id } } }"
RESET = "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }"
NOTICES = "SELECT id, kind FROM notice ORDER BY id"
JOBS = "SELECT encode(payload, 'hex')::uuid AS id, entrypoint, priority, status::text FROM pgqueuer ORDER BY payload"


class PageArguments:
    """A gateway over a database of its own, and what it holds."""

    def __init__(self, url, policy):
        self.engine = make_engine(url)
        settings = Settings(database_url=SecretStr(url), sealing_key=SecretStr(SEALING_KEY))
        self.app = build_app(settings, policy=policy)
        self.gateway = self.app.state.gateway

    async def ask(self, who, query, **input):
        headers = {}
        if who is not None:
            headers["Authorization"] = f"Bearer {self.gateway.tokens.issue(key(who), datetime.now(UTC)).text}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.example") as http:
            body = {"query": query, "variables": {"input": input}}
            return (await http.post("/graphql", json=body, headers=headers)).json()

    async def rows(self, statement):
        async with self.engine.connect() as connection:
            return (await connection.execute(text(statement))).all()

    def collaboration(self, name):
        return self.gateway.seal.id("Collaboration", key(name))


@pytest.fixture
async def asked(copy, policy):
    made = PageArguments(await copy(), policy)
    async with made.app.router.lifespan_context(made.app):
        yield made
    await made.engine.dispose()


async def test_a_change_leaves_one_job_for_its_notice(asked):
    id = asked.collaboration("F-C2")
    answer = await asked.ask("ada", REQUEST, id=id, level="FULL", message="Soon?")

    assert "errors" not in answer
    [(notice, kind)] = await asked.rows(NOTICES)
    assert kind == "ACCESS_REQUEST"
    assert await asked.rows(JOBS) == [(notice, "address", 0, "queued")]


@pytest.mark.parametrize(("of", "who"), [("F-C4", "ada"), ("F-C1", "cora")])
async def test_a_refused_change_leaves_none(asked, of, who):
    answer = await asked.ask(who, REQUEST, id=asked.collaboration(of), level="FULL", message="Soon?")

    assert answer["data"] in (None, {"requestAccess": None})
    assert await asked.rows(NOTICES) == await asked.rows(JOBS) == []


async def test_a_change_that_is_rolled_back_after_its_notice_leaves_none(asked, monkeypatch):
    inside = []

    async def audit(change, *_):
        inside.append(await change.connection.scalar(text("SELECT count(*) FROM pgqueuer")))
        raise RuntimeError("The trail cannot be written.")

    monkeypatch.setattr(MutationContext, "audit", audit)
    id = asked.collaboration("F-C2")
    answer = await asked.ask("ada", REQUEST, id=id, level="FULL", message="Soon?")

    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert inside == [1]
    assert await asked.rows(NOTICES) == await asked.rows(JOBS) == []


async def test_a_password_reset_is_interactive_and_executes_the_same_for_an_unknown_address(asked, monkeypatch):
    executed, execute = [], AsyncConnection.execute

    async def counted(connection, statement, *given, **named):
        executed.append(type(statement).__name__)
        return await execute(connection, statement, *given, **named)

    monkeypatch.setattr(AsyncConnection, "execute", counted)
    known = await asked.ask(None, RESET, email="ben@havlygte-revision.example")
    of_known = executed.copy()
    executed.clear()
    unknown = await asked.ask(None, RESET, email="who@havlygte-revision.example")

    assert known == unknown == {"data": {"requestPasswordReset": {"accepted": True}}}
    assert of_known == executed
    [(notice, kind)] = await asked.rows(NOTICES)
    assert kind == "PASSWORD_RESET"
    assert await asked.rows(JOBS) == [(notice, "address", 100, "queued")]


# ---- what was there before


async def test_the_migration_gives_what_waits_its_jobs(copy):
    url = await copy()
    engine = make_engine(url)
    async with engine.begin() as connection:
        for statement in BEFORE:
            await connection.execute(text(statement))
    await migrate.upgrade(url, MADE_BY)
    async with engine.connect() as connection:
        assert await migrate.drift(connection) == []
        rows = await connection.execute(
            text("SELECT entrypoint, priority, dedupe_key, execute_after = '2030-01-01' AS later FROM pgqueuer")
        )
        found = Counter(tuple(row) for row in rows)
    async with engine.begin() as connection:
        for statement in jobs.missing(datetime(2031, 1, 1, tzinfo=UTC)):
            assert (await connection.execute(statement)).rowcount == 0
    await engine.dispose()

    assert found == {
        ("address", 0, f"address:{ID[0]}", False): 1,
        ("address", 100, f"address:{ID[1]}", False): 1,
        ("send", 0, f"send:{ID[3]}", True): 1,
    }


MADE_BY = "0014"
BEFORE_IT = ScriptDirectory(str(migrate.MIGRATIONS)).get_revision(MADE_BY).down_revision
ID = [f"00000000-0000-7000-8000-00000000000{number}" for number in range(5)]
BEFORE = (
    "DROP TABLE pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics",
    "DROP FUNCTION fn_pgqueuer_changed",
    "DROP TYPE pgqueuer_status",
    f"UPDATE alembic_version SET version_num = '{BEFORE_IT}'",
    f"INSERT INTO notice (id, kind, at) VALUES ('{ID[0]}', 'ACCESS_CHANGED', now()), ('{ID[1]}', 'PASSWORD_RESET', now())",
    f"INSERT INTO notice (id, kind, at, addressed_at) VALUES ('{ID[2]}', 'ACCESS_CHANGED', now(), now())",
    f"INSERT INTO mail (id, notice_id, address, address_key, due_at)"
    f" VALUES ('{ID[3]}', '{ID[2]}', 'a@b.example', 'a@b.example', '2030-01-01')",
    "INSERT INTO mail (id, notice_id, address, address_key, state, sent_at)"
    f" VALUES ('{ID[4]}', '{ID[2]}', 'c@b.example', 'c@b.example', 'sent', now())",
)
