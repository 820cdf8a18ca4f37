"""Entering against what ends it: whichever comes first, nobody is in an account who may not be (L23, M11)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.client_sessions.test_client_sessions import SUSPEND_FIRM
from tests.graph.clients.test_assignments import UNASSIGN
from tests.graph.conftest import Answer, Ask, asker
from tests.graph.firms.test_staff import PLACES
from tests.graph.firms.test_staff_races import both, codes
from tests.support.client_sessions import MINE, PRODUCT, enters, token
from tests.support.collaborations import does

ROUNDS: Final = 20
PATIENCE: Final = 30  # seconds after which a test fails; none waits for them
AGAIN: Final = (
    "SET LOCAL session_replication_role = replica",  # what is over is never reopened, but here
    "DELETE FROM client_session",
    "DELETE FROM access_grant WHERE collaboration_id = :tie AND version > 1",
    "UPDATE access_grant SET revoked_at = NULL WHERE collaboration_id = :tie",
    "UPDATE collaboration SET state = 'active', ended_at = 'infinity', ended_by = NULL, end_reason = NULL WHERE id = :tie",
    "UPDATE firm SET programme_state = 'approved' WHERE id = :firm",
    "UPDATE firm_member SET state = 'active' WHERE id = :ben",
    "UPDATE assignment SET ended_at = NULL WHERE id = :charge",
)
OPEN: Final = "SELECT count(*) FROM client_session WHERE closed_at IS NULL"
CHARGE: Final = "SELECT id FROM assignment WHERE member_id = :ben AND client_id = :client AND ended_at IS NULL"


@dataclass(frozen=True)
class Account:
    """An application on a database of its own, where Ben is in charge of C1."""

    ask: Ask
    engine: AsyncEngine
    charge: Any

    async def as_it_was(self) -> None:
        keys = {"tie": key("F-C1"), "firm": key("F"), "ben": key("F/ben"), "charge": self.charge}
        async with self.engine.begin() as connection:
            for statement in AGAIN:
                needed = {name: value for name, value in keys.items() if f":{name}" in statement}
                await connection.execute(text(statement), needed)

    async def scalar(self, statement: str, **values: Any) -> Any:
        async with self.engine.connect() as connection:
            return await connection.scalar(text(statement), values)


@pytest.fixture(scope="module")
async def account(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Account]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with engine.connect() as connection:
        charge = await connection.scalar(text(CHARGE), {"ben": key("F/ben"), "client": key("C1")})
    async with asker(settings.model_copy(update={"product_url": PRODUCT}), policy, engine) as ask:
        yield Account(ask, engine, charge)
    await engine.dispose()


def _limits(ask: Ask) -> Awaitable[Answer]:
    return does(ask, "cora", "changeAccess", "F-C1", level="LIMITED", sharedKpis=[])


def _terminates(ask: Ask) -> Awaitable[Answer]:
    return does(ask, "cora", "terminateCollaboration", "F-C1")


def _removes(ask: Ask) -> Awaitable[Answer]:
    return does(ask, "cora", "removeAccess", "F-C1")


def _unassigns(ask: Ask) -> Awaitable[Answer]:
    return ask("ada", UNASSIGN, client=ask.id("Client", "C1"), member=ask.id("FirmMember", "F/ben"))


def _suspends(ask: Ask) -> Awaitable[Answer]:
    return ask("ada", PLACES["suspendStaff"], member=ask.id("FirmMember", "F/ben"))


def _suspends_the_firm(ask: Ask) -> Awaitable[Answer]:
    return ask("pia", SUSPEND_FIRM, id=ask.id("Firm", "F"))


@pytest.mark.parametrize(
    ("ends", "closes"),
    [
        (_limits, True),
        (_terminates, True),
        (_removes, True),
        (_unassigns, True),
        (_suspends, True),
        (_suspends_the_firm, False),  # it locks the firm and not each of its clients: over, and not written down
    ],
)
async def test_nobody_is_inside_who_may_not_be_whichever_comes_first(
    account: Account, ends: Callable[[Ask], Awaitable[Answer]], closes: bool
) -> None:
    for turn in range(ROUNDS):
        await account.as_it_was()
        enter, end = await both(turn, enters(account.ask, "ben", "C1"), ends(account.ask))

        assert not end.errors or {*end.codes} == {"FIELD_NOT_PERMITTED"}
        assert codes([enter])[0] in ("done", "CONFLICT", "FORBIDDEN", "NOT_FOUND")
        inside = await account.ask("ben", MINE)
        assert inside.data["viewer"]["clientSession"] is None
        if closes:
            assert await account.scalar(OPEN) == 0
        if not enter.errors:
            redeemed = await account.ask.http.post(
                "/handoff/redeem", json={"token": token(enter.data["enterClientAccount"])}
            )
            assert redeemed.json() == {"active": False}


async def test_of_two_accounts_entered_at_once_the_second_leaves_the_first(account: Account) -> None:
    for turn in range(ROUNDS):
        await account.as_it_was()
        answers = await both(turn, enters(account.ask, "ada", "C1"), enters(account.ask, "ada", "C3"))

        assert codes(answers) == ["done", "done"]
        assert await account.scalar(OPEN) == 1


async def test_the_same_account_entered_twice_at_once_is_entered_once(account: Account) -> None:
    for turn in range(ROUNDS):
        await account.as_it_was()
        answers = await both(turn, *(enters(account.ask, "ada", "C1") for _ in range(2)))

        assert codes(answers) == ["done", "done"]
        assert await account.scalar(OPEN) == 1


async def test_a_link_that_is_used_twice_at_once_lets_in_once(account: Account) -> None:
    await account.as_it_was()
    for _ in range(ROUNDS):
        link = token((await enters(account.ask, "ada", "C1")).data["enterClientAccount"])
        answers = await asyncio.gather(
            *(account.ask.http.post("/handoff/redeem", json={"token": link}) for _ in range(3))
        )

        assert sorted(answer.json()["active"] for answer in answers) == [False, False, True]
