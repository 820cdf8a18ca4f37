"""Places and charges at the same time: one order or the other, and the last admin stays (M4, X-P3, L18)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.auth.invitation_tokens import offered_token
from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.settings import Settings
from tests.conftest import Copy
from tests.graph.clients.test_assignments import ASSIGN
from tests.graph.conftest import Answer, Ask, asker
from tests.graph.firms.test_staff import ACCEPT, CHANGE_ROLE, PASSWORD, PLACES
from tests.support import make

ROUNDS: Final = 20
PATIENCE: Final = 30  # seconds after which a test fails; none waits for them
AGAIN: Final = (
    "DELETE FROM assignment WHERE member_id IN (:ava, :eva)",
    "DELETE FROM firm_member WHERE user_id = :nora",
    "DELETE FROM staff_invitation",
    "UPDATE firm_member SET role = 'admin', state = 'active' WHERE id IN (:ada, :ava)",
    "UPDATE firm_member SET role = 'bookkeeper', state = 'active' WHERE id = :eva",
)
KEYS: Final = {"ada": key("F/ada"), "ava": key("F/Ava"), "eva": key("F/Eva"), "nora": key("nora")}
ADMINS: Final = "SELECT count(*) FROM firm_member WHERE firm_id = :firm AND role = 'admin' AND state = 'active'"


@dataclass(frozen=True)
class Office:
    """An application on a database of its own, and whoever else works there."""

    ask: Ask
    engine: AsyncEngine

    async def as_it_was(self) -> None:
        async with self.engine.begin() as connection:
            for statement in AGAIN:
                needed = {name: value for name, value in KEYS.items() if f":{name}" in statement}
                await connection.execute(text(statement), needed)

    async def scalar(self, statement: str, **values: Any) -> Any:
        async with self.engine.connect() as connection:
            return await connection.scalar(text(statement), values)

    async def place(self, who: str, name: str, whom: str) -> Answer:
        return await self.ask(who, PLACES[name], member=self.ask.id("FirmMember", f"F/{whom}"))

    async def assign(self, who: str, *clients: str, whom: str) -> Answer:
        ids = [self.ask.id("Client", client) for client in clients]
        return await self.ask(who, ASSIGN, clients=ids, members=[self.ask.id("FirmMember", f"F/{whom}")])

    async def invitation(self, **given: Any) -> str:
        """The token of a new one."""
        invitation = make.new_key()
        token = offered_token(self.ask.gateway.sign_in_service.secret, "STAFF_INVITATION", invitation, 1)
        async with self.engine.begin() as connection:
            await make.invitation(connection, token, id=invitation, firm_id=key("F"), invited_by=key("ada"), **given)
        return token


@pytest.fixture(scope="module")
async def office(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Office]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with engine.begin() as connection:
        for name, role in (("Ava", "admin"), ("Eva", "bookkeeper")):
            await make.user(connection, id=key(name), name=name)
            await make.member(connection, id=key(f"F/{name}"), firm_id=key("F"), user_id=key(name), role=role)
        await connection.execute(text("UPDATE firm_member SET is_owner = false"))
    async with asker(settings, policy, engine) as ask:
        yield Office(ask, engine)
    await engine.dispose()


async def both(turn: int, *asked: Awaitable[Answer]) -> list[Answer]:
    """The answers in the order of what was asked, begun in one order or the other."""
    if turn % 2:
        return await asyncio.gather(*asked)
    return list(reversed(await asyncio.gather(*reversed(asked))))


def codes(answers: list[Answer]) -> list[str]:
    """The code of each answer, `done` where there is none."""
    for answer in answers:
        (data,) = answer.data.values()
        assert (data is None) == bool(answer.errors)
    return [answer.codes[0] if answer.errors else "done" for answer in answers]


@pytest.mark.parametrize("name", ["changeStaffRole", "suspendStaff", "removeStaff"])
async def test_of_two_admins_who_end_each_others_place_one_does(office: Office, name: str) -> None:
    for turn in range(ROUNDS):
        await office.as_it_was()
        answers = await both(turn, office.place("ada", name, "Ava"), office.place("Ava", name, "ada"))

        # The loser is told so, or is nobody any more when the request is read.
        assert sorted(codes(answers))[-1] == "done"
        assert set(codes(answers)) - {"done"} <= {"CONFLICT", "FORBIDDEN", "NOT_FOUND"}
        assert codes(answers).count("done") == 1
        assert await office.scalar(ADMINS, firm=key("F")) == 1


@pytest.mark.parametrize("name", ["changeStaffRole", "suspendStaff", "removeStaff"])
async def test_of_two_admins_who_both_leave_one_stays(office: Office, name: str) -> None:
    for turn in range(ROUNDS):
        await office.as_it_was()
        answers = await both(turn, office.place("ada", name, "ada"), office.place("Ava", name, "Ava"))

        assert sorted(codes(answers)) == ["CONFLICT", "done"]
        assert await office.scalar(ADMINS, firm=key("F")) == 1


async def test_an_admin_who_demotes_one_who_leaves_is_not_left_alone_without(office: Office) -> None:
    for turn in range(ROUNDS):
        await office.as_it_was()
        answers = await both(
            turn, office.place("ada", "changeStaffRole", "Ava"), office.place("ada", "removeStaff", "ada")
        )

        assert "done" in codes(answers)
        assert await office.scalar(ADMINS, firm=key("F")) == 1


CHARGES: Final = "SELECT count(*) FROM assignment WHERE member_id = :eva AND ended_at IS NULL"


@pytest.mark.parametrize("name", ["changeStaffRole", "removeStaff"])
async def test_nobody_is_in_charge_who_cannot_be_whichever_comes_first(office: Office, name: str) -> None:
    met = set()
    for turn in range(ROUNDS):
        await office.as_it_was()
        assign, end = await both(
            turn, office.assign("ada", "C1", "C3", "C5", whom="Eva"), office.place("Ava", name, "Eva")
        )
        met.add((codes([assign])[0], codes([end])[0]))

        assert codes([end]) == ["done"]
        assert await office.scalar(CHARGES, eva=key("F/Eva")) == 0
        # Assigned, and then ended; or ended, and nobody assigned.
        made = await office.scalar("SELECT count(*) FROM assignment WHERE member_id = :eva", eva=key("F/Eva"))
        assert made == (0 if assign.errors else 3)

    assert met <= {("done", "done"), ("CONFLICT", "done"), ("NOT_FOUND", "done")}


async def test_who_is_suspended_while_being_assigned_keeps_it_or_never_gets_it(office: Office) -> None:
    for turn in range(ROUNDS):
        await office.as_it_was()
        assign, suspend = await both(
            turn, office.assign("ada", "C1", "C3", whom="Eva"), office.place("Ava", "suspendStaff", "Eva")
        )

        assert codes([suspend]) == ["done"]
        assert await office.scalar(CHARGES, eva=key("F/Eva")) == (0 if assign.errors else 2)


async def test_two_who_assign_the_same_do_not_cross(office: Office) -> None:
    clients = ("C1", "C2", "C3", "C5")
    for turn in range(ROUNDS):
        await office.as_it_was()
        answers = await both(
            turn, office.assign("ada", *clients, whom="Eva"), office.assign("Ava", *clients[::-1], whom="Eva")
        )

        assert codes(answers) == ["done", "done"]
        assert await office.scalar(CHARGES, eva=key("F/Eva")) == 4


async def test_two_who_assign_each_other_do_not_cross(office: Office) -> None:
    for turn in range(ROUNDS):
        await office.as_it_was()
        answers = await both(turn, office.assign("ada", "C1", whom="Ava"), office.assign("Ava", "C1", whom="ada"))
        await office.scalar("SELECT 1")

        assert codes(answers) == ["done", "done"]
        async with office.engine.begin() as connection:
            await connection.execute(text("DELETE FROM assignment WHERE member_id = :ada"), {"ada": key("F/ada")})


async def test_of_two_who_accept_one_invitation_one_does(office: Office) -> None:
    for turn in range(ROUNDS):
        await office.as_it_was()
        token = await office.invitation(email="nora@elsewhere.example")
        answers = await both(turn, *(office.ask("nora", ACCEPT, input={"token": token}) for _ in range(2)))

        assert sorted(codes(answers)) == ["NOT_FOUND", "done"]
        places = "SELECT count(*) FROM firm_member WHERE user_id = :nora"
        assert await office.scalar(places, nora=key("nora")) == 1


async def test_of_two_who_are_new_by_one_invitation_one_comes_to_be(office: Office) -> None:
    for turn in range(3):  # each hashes two passwords
        await office.as_it_was()
        token = await office.invitation(email=f"new-{turn}@new.example")
        new = {"token": token, "name": "New", "password": PASSWORD}
        answers = await both(turn, *(office.ask("anonymous", ACCEPT, input=new) for _ in range(2)))

        assert sorted(codes(answers)) == ["NOT_FOUND", "done"]
        people = "SELECT count(*) FROM user_account WHERE email_key = :email"
        assert await office.scalar(people, email=f"new-{turn}@new.example") == 1


async def test_an_invitation_is_taken_back_or_accepted(office: Office) -> None:
    revoke = "mutation ($id: ID!) { revokeStaffInvitation(input: {id: $id}) { invitation { invitationState } } }"
    for turn in range(ROUNDS):
        await office.as_it_was()
        token = await office.invitation(email="nora@elsewhere.example")
        id = office.ask.id("StaffInvitation", await office.scalar("SELECT id FROM staff_invitation"))
        answers = await both(turn, office.ask("nora", ACCEPT, input={"token": token}), office.ask("ada", revoke, id=id))
        state = await office.scalar("SELECT state FROM staff_invitation")

        assert codes(answers) in (["done", "CONFLICT"], ["NOT_FOUND", "done"])
        assert state == ("accepted" if codes(answers)[0] == "done" else "void")


async def test_a_role_is_the_last_that_was_given(office: Office) -> None:
    member = office.ask.id("FirmMember", "F/Eva")
    for turn in range(ROUNDS):
        await office.as_it_was()
        answers = await both(
            turn,
            office.ask("ada", CHANGE_ROLE, member=member, role="ADMIN"),
            office.ask("Ava", CHANGE_ROLE, member=member, role="STAFF"),
        )

        assert codes(answers) == ["done", "done"]
