"""Changes at the same time: who asks still stands there, the row is locked, then the policy judges (M4, L23, D26)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.resolvers.core.refusals import MOVED_ON
from gateway.resolvers.tokens.mutations import MAX_COUNT
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.conftest import Answer, Ask, asker, run
from tests.support import make
from tests.support.tokens import CREATE, REVOKE, shown

ROUNDS: Final = 30
PATIENCE: Final = 30  # seconds after which a test fails; none waits for them
AVAS: Final = "gwt_of_ava"
AGAIN: Final = (
    "DELETE FROM integration_token WHERE name IN ('Till', 'Spare')",
    "UPDATE integration_token SET revoked_at = NULL",
    "UPDATE firm_member SET role = 'admin', state = 'active' WHERE user_id = :ava",
    "UPDATE client_member SET role = 'admin', state = 'active' WHERE user_id = :mila",
    "INSERT INTO platform_member (user_id, role) VALUES (:pat, 'admin') ON CONFLICT (user_id) DO UPDATE SET role = 'admin'",
)
"""Everything as it was before each test."""
OF_F: Final = "SELECT count(*) FROM integration_token WHERE firm_id = :firm AND name = 'Till'"


@dataclass(frozen=True)
class Shop:
    """An application on a database of its own, and whoever else works there."""

    ask: Ask
    engine: AsyncEngine

    async def create(self, who: str) -> Answer:
        given = {"name": "Till", "scopes": ["KPIS_WRITE" if who in MAKERS["the platform"] else "CLIENTS_READ"]}
        if who == "Ava's":
            return await shown(self.ask, AVAS, CREATE, input=given)
        return await self.ask(who, CREATE, input=given)

    async def revoke(self, who: str, handle: str) -> Answer:
        return await self.ask(who, REVOKE, id=self.ask.id("IntegrationToken", handle))

    async def scalar(self, statement: str, **values: Any) -> Any:
        async with self.engine.connect() as connection:
            return await connection.scalar(text(statement), values)

    async def waiting(self, how_many: int) -> None:
        """Once so many transactions wait for a lock. Every look is a round trip, and so lets the others go on."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(PATIENCE):
            while await self.scalar(asked) < how_many:
                pass

    @asynccontextmanager
    async def held(self, statement: str, **values: Any) -> AsyncIterator[AsyncConnection]:
        """Meanwhile somebody's transaction that did this is open; it is committed at the end."""
        async with self.engine.begin() as connection:
            await run(connection, statement, **values)
            yield connection


@pytest.fixture(scope="module")
async def shop(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Shop]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with engine.begin() as connection:
        # Two more who make tokens: for F, and for the platform.
        await make.user(connection, id=key("Ava"), name="Ava")
        await make.member(connection, id=key("F/Ava"), firm_id=key("F"), user_id=key("Ava"), role="admin")
        await make.user(connection, id=key("Pat"), name="Pat")
        await make.token(connection, AVAS, name="Ava's", scopes=1, firm_id=key("F"), created_by=key("Ava"))
    async with asker(settings, policy, engine) as ask:
        yield Shop(ask, engine)
    await engine.dispose()


@pytest.fixture(autouse=True)
async def as_it_was(shop: Shop) -> None:
    async with shop.engine.begin() as connection:
        for statement in AGAIN:
            await connection.execute(text(statement), {"ava": key("Ava"), "mila": key("mila"), "pat": key("Pat")})


async def at_once(*asked: Awaitable[Answer]) -> list[str]:
    """The code of each answer, `made` where there is none, in alphabetical order."""
    answers = await asyncio.gather(*asked)
    for answer in answers:
        (data,) = answer.data.values()
        assert (data is None) == bool(answer.errors)
    return sorted(answer.codes[0] if answer.errors else "made" for answer in answers)


FIRM: Final = "SELECT id FROM firm WHERE id = :id FOR UPDATE"
PLACE: Final = "UPDATE firm_member SET role = 'bookkeeper' WHERE id = :id"
ENDS: Final = {
    "a demotion": ("Ava", PLACE, "F/Ava"),
    "a suspension": ("Ava", "UPDATE firm_member SET state = 'suspended' WHERE id = :id", "F/Ava"),
    "a removal": ("Ava", "UPDATE firm_member SET state = 'removed' WHERE id = :id", "F/Ava"),
    "a client's demotion": ("mila", "UPDATE client_member SET role = 'member' WHERE id = :id", "C2/mila"),
    "a client's removal": ("mila", "UPDATE client_member SET state = 'removed' WHERE id = :id", "C2/mila"),
    "the platform's demotion": ("Pat", "UPDATE platform_member SET role = 'reviewer' WHERE user_id = :id", "Pat"),
    "the platform's removal": ("Pat", "DELETE FROM platform_member WHERE user_id = :id", "Pat"),
    "a machine's end": ("firm-sync", "UPDATE integration_token SET revoked_at = now() WHERE id = :id", "firm-sync"),
    "a machine's creator's demotion": ("Ava's", PLACE, "F/Ava"),
}
"""Who asks, and what somebody does meanwhile to the row that they stand on."""


@pytest.mark.parametrize("case", ENDS)
async def test_who_loses_the_place_while_a_token_is_being_made_gets_none(shop: Shop, case: str) -> None:
    who, statement, place = ENDS[case]
    async with shop.held(statement, id=key(place)):
        asked = asyncio.create_task(shop.create(who))  # the place was good when the request was read
        await shop.waiting(1)
    answer = await asked

    assert (answer.data, answer.codes) == ({"createToken": None}, ["CONFLICT"])
    assert answer.errors[0]["message"] == MOVED_ON
    assert await shop.scalar("SELECT count(*) FROM integration_token WHERE name = 'Till'") == 0


async def test_where_a_demotion_is_taken_back_the_token_is_made(shop: Shop) -> None:
    async with shop.engine.connect() as other:
        await run(other, PLACE, id=key("F/Ava"))
        asked = asyncio.create_task(shop.create("Ava"))
        await shop.waiting(1)
        await other.rollback()
        answer = await asked

    assert answer.errors == []
    assert await shop.scalar(OF_F, firm=key("F")) == 1


async def test_a_demotion_waits_for_the_token_that_is_being_made(shop: Shop) -> None:
    async def demote() -> int:
        async with shop.held(PLACE, id=key("F/Ava")) as connection:
            return int(await connection.scalar(text(OF_F), {"firm": key("F")}))

    async with shop.held(FIRM, id=key("F")):
        asked = asyncio.create_task(shop.create("Ava"))
        await shop.waiting(1)  # the place is held, the firm awaited
        demoted = asyncio.create_task(demote())
        await shop.waiting(2)
    answer, seen = await asked, await demoted
    refused = await shop.create("Ava")

    assert answer.errors == []
    assert seen == 1
    assert refused.codes == ["FORBIDDEN"]


async def test_a_token_and_a_demotion_have_an_order_whichever_comes_first(shop: Shop) -> None:
    async def demote() -> int:
        """How many tokens there are once the place is lost."""
        async with shop.held(PLACE, id=key("F/Ava")) as connection:
            return int(await connection.scalar(text(OF_F), {"firm": key("F")}))

    for turn in range(ROUNDS):
        async with shop.engine.begin() as connection:
            await run(connection, "UPDATE firm_member SET role = 'admin' WHERE id = :id", id=key("F/Ava"))
        before = await shop.scalar(OF_F, firm=key("F"))
        both = (shop.create("Ava"), demote())
        answer, seen = (await asyncio.gather(*both)) if turn % 2 else reversed(await asyncio.gather(*both[::-1]))
        after = await shop.scalar(OF_F, firm=key("F"))

        # Made, and then demoted; or demoted, and nothing made. Never a token behind the back of a demotion.
        if answer.errors:
            assert (answer.data, after - before, seen - before) == ({"createToken": None}, 0, 0)
            assert answer.codes in (["CONFLICT"], ["FORBIDDEN"])
        else:
            assert (after - before, seen - before) == (1, 1)


MAKERS: Final = {
    "F": ("ada", "Ava"),
    "C2": ("dag", "mila"),
    "the platform": ("pia", "Pat"),
    "one person": ("ada", "ada"),
}
OWNER: Final[dict[str, dict[str, Any]]] = {
    "F": {"firm_id": key("F"), "created_by": key("ada")},
    "C2": {"client_id": key("C2"), "created_by": key("dag")},
    "the platform": {"created_by": key("pia")},
    "one person": {"firm_id": key("F"), "created_by": key("ada")},
}
LIVING: Final = """SELECT count(*) FROM integration_token WHERE revoked_at IS NULL
  AND firm_id IS NOT DISTINCT FROM CAST(:firm AS uuid) AND client_id IS NOT DISTINCT FROM CAST(:client AS uuid)"""


@pytest.mark.parametrize("case", MAKERS)
async def test_of_two_who_make_the_hundredth_token_at_once_one_makes_it(shop: Shop, case: str) -> None:
    owner = OWNER[case]
    whose = {"firm": owner.get("firm_id"), "client": owner.get("client_id")}
    async with shop.engine.begin() as connection:
        for number in range(await shop.scalar(LIVING, **whose), MAX_COUNT - 1):
            await make.token(connection, f"gwt_{number}", name="Spare", **owner)
    for _ in range(ROUNDS):
        found = await at_once(*(shop.create(who) for who in MAKERS[case]))

        assert found == ["CONFLICT", "made"]
        assert await shop.scalar(LIVING, **whose) == MAX_COUNT
        async with shop.engine.begin() as connection:
            await run(connection, "DELETE FROM integration_token WHERE name = 'Till'")


@pytest.mark.parametrize("revokers", [("ada", "Ava"), ("ada", "ada")])
async def test_of_two_who_revoke_a_token_at_once_one_does(shop: Shop, revokers: tuple[str, str]) -> None:
    for _ in range(ROUNDS):
        assert await at_once(*(shop.revoke(who, "firm-sync") for who in revokers)) == ["CONFLICT", "made"]
        async with shop.engine.begin() as connection:
            await run(connection, "UPDATE integration_token SET revoked_at = NULL WHERE id = :id", id=key("firm-sync"))


async def test_who_is_demoted_while_a_token_is_being_revoked_revokes_nothing(shop: Shop) -> None:
    async with shop.held(PLACE, id=key("F/Ava")):
        asked = asyncio.create_task(shop.revoke("Ava", "ben-sync"))
        await shop.waiting(1)
    answer = await asked

    assert (answer.data, answer.codes) == ({"revokeToken": None}, ["CONFLICT"])
    assert await shop.scalar("SELECT revoked_at FROM integration_token WHERE id = :id", id=key("ben-sync")) is None


async def test_a_token_that_is_revoked_while_one_waits_for_it_is_not_revoked_again(shop: Shop) -> None:
    revoked = "UPDATE integration_token SET revoked_at = '2026-01-01T00:00:00Z' WHERE id = :id"
    async with shop.held(revoked, id=key("ben-sync")):
        asked = asyncio.create_task(shop.revoke("ada", "ben-sync"))
        await shop.waiting(1)
    answer = await asked

    assert (answer.data, answer.codes) == ({"revokeToken": None}, ["CONFLICT"])
    moment = await shop.scalar("SELECT revoked_at FROM integration_token WHERE id = :id", id=key("ben-sync"))
    assert moment.isoformat() == "2026-01-01T00:00:00+00:00"


async def test_a_token_that_leaves_the_organisation_while_one_waits_for_it_is_not_there(shop: Shop) -> None:
    async with shop.held("UPDATE integration_token SET firm_id = :g WHERE id = :id", g=key("G"), id=key("ben-sync")):
        asked = asyncio.create_task(shop.revoke("ada", "ben-sync"))
        await shop.waiting(1)
    answer = await asked
    async with shop.engine.begin() as connection:
        await run(
            connection, "UPDATE integration_token SET firm_id = :f WHERE id = :id", f=key("F"), id=key("ben-sync")
        )

    assert (answer.data, answer.codes) == ({"revokeToken": None}, ["NOT_FOUND"])


async def test_machines_with_one_token_never_wait_for_each_other(shop: Shop) -> None:
    async with shop.held("SELECT id FROM integration_token WHERE id = :id FOR UPDATE", id=key("firm-sync")):
        async with asyncio.timeout(PATIENCE):
            answers = await asyncio.gather(*(shop.ask("firm-sync", "{ viewer { menus } }") for _ in range(5)))

    assert [answer.errors for answer in answers] == [[]] * 5
