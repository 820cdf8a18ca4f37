"""Places in a company and the ownership of it at the same time: one order or the other, and there is one owner (D52, L18)."""

from collections.abc import AsyncIterator
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
from tests.graph.clients.test_members import ACCEPT, CHANGE_ROLE, INVITE, PLACES, REVOKE
from tests.graph.conftest import Answer, Ask, asker
from tests.graph.firms.test_staff import PLACES as STAFF_PLACES
from tests.graph.firms.test_staff_races import PATIENCE, ROUNDS, both, codes
from tests.graph.memberships.test_ownership import TRANSFER
from tests.support import make

KEYS: Final = {
    name: key(name) for name in ("C2/dag", "C2/mila", "C2/Eva", "F/ada", "F/Ava", "F/Eva", "nora", "C2", "F")
}
AGAIN: Final = (
    "DELETE FROM client_member WHERE user_id = :nora",
    "DELETE FROM client_member_invitation",
    "DELETE FROM mail_allowance",
    "UPDATE client_member SET role = 'owner', state = 'active' WHERE id = :C2_dag",
    "UPDATE client_member SET role = 'admin', state = 'active' WHERE id IN (:C2_mila, :C2_Eva)",
    "UPDATE firm_member SET role = 'admin', state = 'active', is_owner = (id = :F_ada) WHERE id IN (:F_ada, :F_Ava, :F_Eva)",
)
OF_C2: Final = "SELECT count(*) FROM client_member WHERE client_id = :C2 AND state = 'active' AND role"


@dataclass(frozen=True)
class Company:
    """An application on a database of its own, and more administrators of C2 and of F."""

    ask: Ask
    engine: AsyncEngine

    async def as_it_was(self) -> None:
        async with self.engine.begin() as connection:
            for statement in AGAIN:
                await connection.execute(text(statement), _needed(statement))

    async def scalar(self, statement: str) -> Any:
        async with self.engine.connect() as connection:
            return await connection.scalar(text(statement), _needed(statement))

    async def place(self, who: str, name: str, whom: str) -> Answer:
        return await self.ask(who, PLACES[name], member=self.ask.id("ClientMember", f"C2/{whom}"))

    async def staff(self, who: str, name: str, whom: str) -> Answer:
        return await self.ask(who, STAFF_PLACES[name], member=self.ask.id("FirmMember", f"F/{whom}"))

    async def hand(self, who: str, type_name: str, whom: str) -> Answer:
        return await self.ask(who, TRANSFER, member=self.ask.id(type_name, whom), confirm=True)

    async def owners(self) -> tuple[int, int]:
        """How many active ones C2 has, and F."""
        of_f = (
            "SELECT count(*) FROM firm_member WHERE firm_id = :F AND state = 'active' AND role = 'admin' AND is_owner"
        )
        return await self.scalar(f"{OF_C2} = 'owner'"), await self.scalar(of_f)

    async def invitation(self) -> tuple[str, str]:
        """The token and the id of a new one for Nora."""
        invitation = make.new_key()
        token = offered_token(self.ask.gateway.sign_in_service.secret, "CLIENT_MEMBER_INVITATION", invitation, 1)
        async with self.engine.begin() as connection:
            offer = {"client_id": key("C2"), "invited_by": key("dag"), "email": "nora@elsewhere.example"}
            await make.member_invitation(connection, token, id=invitation, **offer)
        return token, self.ask.id("ClientMemberInvitation", invitation)


def _needed(statement: str) -> dict[str, Any]:
    names = {name.replace("/", "_"): value for name, value in KEYS.items()}
    return {name: value for name, value in names.items() if any(f":{name}{end}" in statement + " " for end in ",) ")}


@pytest.fixture(scope="module")
async def company(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Company]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with engine.begin() as connection:
        for name in ("Ava", "Eva"):
            await make.user(connection, id=key(name), name=name)
            await make.member(connection, id=key(f"F/{name}"), firm_id=key("F"), user_id=key(name), role="admin")
        await make.client_member(connection, id=key("C2/Eva"), client_id=key("C2"), user_id=key("Eva"), role="admin")
    async with asker(settings, policy, engine) as ask:
        yield Company(ask, engine)
    await engine.dispose()


LOST: Final = {"CONFLICT", "FORBIDDEN", "NOT_FOUND"}
"""What the loser is told; or they are nobody any more when the request is read."""


@pytest.mark.parametrize("name", ["changeMemberRole", "removeMember"])
async def test_of_two_admins_who_end_each_others_place_one_does(company: Company, name: str) -> None:
    for turn in range(ROUNDS):
        await company.as_it_was()
        answers = await both(turn, company.place("mila", name, "Eva"), company.place("Eva@C2", name, "mila"))

        assert codes(answers).count("done") == 1
        assert set(codes(answers)) - {"done"} <= LOST
        assert await company.scalar(f"{OF_C2} = 'admin'") == 1


@pytest.mark.parametrize("name", ["changeMemberRole", "removeMember"])
async def test_a_company_has_one_owner_whoever_succeeds_and_leaves(company: Company, name: str) -> None:
    for turn in range(ROUNDS):
        await company.as_it_was()
        hand, end = await both(
            turn, company.hand("dag", "ClientMember", "C2/mila"), company.place("Eva@C2", name, "mila")
        )

        # Handed over, and the new owner's place stays; or ended, and nobody to hand it to.
        assert [*codes([hand]), *codes([end])].count("done") == 1
        assert {*codes([hand]), *codes([end])} <= {"done", *LOST}
        assert await company.owners() == (1, 1)


@pytest.mark.parametrize("name", ["changeStaffRole", "suspendStaff", "removeStaff"])
async def test_a_firm_has_one_owner_whoever_succeeds_and_leaves(company: Company, name: str) -> None:
    for turn in range(ROUNDS):
        await company.as_it_was()
        hand, end = await both(turn, company.hand("ada", "FirmMember", "F/Ava"), company.staff("Eva@F", name, "Ava"))

        assert [*codes([hand]), *codes([end])].count("done") == 1
        assert {*codes([hand]), *codes([end])} <= {"done", *LOST}
        assert await company.owners() == (1, 1)


@pytest.mark.parametrize(("who", "type_name", "heirs"), [
    ("dag", "ClientMember", ("C2/mila", "C2/Eva")),
    ("ada", "FirmMember", ("F/Ava", "F/Eva")),
])  # fmt: skip
async def test_of_two_transfers_to_two_one_is_done(
    company: Company, who: str, type_name: str, heirs: tuple[str, str]
) -> None:
    for turn in range(ROUNDS):
        await company.as_it_was()
        answers = await both(turn, *(company.hand(who, type_name, heir) for heir in heirs))

        assert codes(answers).count("done") == 1
        assert set(codes(answers)) - {"done"} <= {"CONFLICT", "FORBIDDEN"}
        assert await company.owners() == (1, 1)


async def test_who_hands_over_and_who_leaves_as_successor_do_not_cross(company: Company) -> None:
    for turn in range(ROUNDS):
        await company.as_it_was()
        hand, leave = await both(
            turn, company.hand("dag", "ClientMember", "C2/mila"), company.place("mila", "removeMember", "mila")
        )

        assert [*codes([hand]), *codes([leave])].count("done") == 1
        assert await company.owners() == (1, 1)


async def test_who_is_removed_while_inviting_has_invited_or_has_not(company: Company) -> None:
    addresses = [{"email": "a@new.example", "role": "MEMBER"}]
    for turn in range(ROUNDS):
        await company.as_it_was()
        invite, remove = await both(
            turn, company.ask("mila", INVITE, addresses=addresses), company.place("dag", "removeMember", "mila")
        )

        assert codes([remove]) == ["done"]
        assert codes([invite])[0] in {"done", "CONFLICT", "FORBIDDEN"}
        made = await company.scalar("SELECT count(*) FROM client_member_invitation")
        assert made == (0 if invite.errors else 1)


async def test_of_two_who_invite_one_address_both_do_and_there_is_one_invitation(company: Company) -> None:
    addresses = [{"email": "a@new.example", "role": "MEMBER"}]
    for turn in range(ROUNDS):
        await company.as_it_was()
        answers = await both(turn, *(company.ask(who, INVITE, addresses=addresses) for who in ("dag", "mila")))

        assert codes(answers) == ["done", "done"]
        assert await company.scalar("SELECT max(sendings) FROM client_member_invitation") == 2
        assert await company.scalar("SELECT count(*) FROM client_member_invitation") == 1


async def test_of_two_who_accept_one_invitation_one_does(company: Company) -> None:
    for turn in range(ROUNDS):
        await company.as_it_was()
        token, _ = await company.invitation()
        answers = await both(turn, *(company.ask("nora", ACCEPT, input={"token": token}) for _ in range(2)))

        assert sorted(codes(answers)) == ["NOT_FOUND", "done"]
        assert await company.scalar("SELECT count(*) FROM client_member WHERE user_id = :nora") == 1


async def test_an_invitation_is_taken_back_or_accepted(company: Company) -> None:
    for turn in range(ROUNDS):
        await company.as_it_was()
        token, id = await company.invitation()
        answers = await both(
            turn, company.ask("nora", ACCEPT, input={"token": token}), company.ask("dag", REVOKE, id=id)
        )
        state = await company.scalar("SELECT state FROM client_member_invitation")

        assert codes(answers) in (["done", "CONFLICT"], ["NOT_FOUND", "done"])
        assert state == ("accepted" if codes(answers)[0] == "done" else "void")


async def test_a_role_is_the_last_that_was_given(company: Company) -> None:
    member = company.ask.id("ClientMember", "C2/Eva")
    for turn in range(ROUNDS):
        await company.as_it_was()
        answers = await both(
            turn,
            company.ask("dag", CHANGE_ROLE, member=member, role="ADMIN"),
            company.ask("mila", CHANGE_ROLE, member=member, role="MEMBER"),
        )

        assert codes(answers) == ["done", "done"]
