"""Answers to one invitation at the same time, and whatever else crosses them: one order or the other (M5, L18, L23)."""

from asyncio import gather
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
from gateway.resolvers.collaborations.invitations import TTL
from gateway.settings import Settings
from gateway.worker.expired_requests import lapse_next
from tests.conftest import Copy
from tests.graph.collaborations.test_invitations import (
    ACCEPT,
    COMPANY,
    DECLINE,
    INVITE,
    RESEND,
    SOMEBODY,
    WISH,
    WITHDRAW,
)
from tests.graph.conftest import NOW, Answer, Ask, asker
from tests.graph.firms.test_staff import EMAILS
from tests.graph.firms.test_staff_races import PATIENCE, ROUNDS, both, codes

AGAIN: Final = (
    "DELETE FROM client_invitation",
    "DELETE FROM mail_allowance",
    "DELETE FROM notice",
    "DELETE FROM client_member WHERE user_id = :nora",
    "UPDATE collaboration SET state = 'withdrawn' WHERE firm_id = :firm AND state = 'invited'",
)


@dataclass(frozen=True)
class Transport:
    """An application on a database of its own, and whoever is invited there."""

    ask: Ask
    engine: AsyncEngine

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.engine.begin() as connection:
            found = await connection.execute(text(statement), values)
            return [tuple(row) for row in found] if found.returns_rows else []

    async def invited(self, email: str = EMAILS["nora"]) -> tuple[str, str]:
        """The collaboration of a new invitation of G's, and the token of its letter."""
        for statement in AGAIN:
            needed = {"firm": key("G"), "nora": key("nora")}
            await self.rows(statement, **{name: value for name, value in needed.items() if f":{name}" in statement})
        made = await self.ask.data("gus", INVITE, input={**WISH, "email": email})
        ((offer,),) = await self.rows("SELECT id FROM client_invitation")
        token = offered_token(self.ask.gateway.sign_in_service.secret, "CLIENT_INVITATION", offer, 1)
        return made["inviteClient"]["collaboration"]["id"], token

    async def state(self, id: str) -> Any:
        """state of the collaboration and of its offer, and whether a company stands behind it."""
        ((*found,),) = await self.rows(
            "SELECT c.state, i.state, c.client_id IS NOT NULL FROM collaboration c"
            " JOIN client_invitation i ON i.collaboration_id = c.id WHERE c.id = :id",
            id=self.ask.gateway.seal.open_id(id)[1],
        )
        return found

    async def companies(self) -> int:
        ((number,),) = await self.rows("SELECT count(*) FROM client_member WHERE user_id = :id", id=key("nora"))
        return int(number)


@pytest.fixture(scope="module")
async def post(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Transport]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with asker(settings, policy, engine) as ask:
        yield Transport(ask, engine)
    await engine.dispose()


async def test_of_two_who_take_one_invitation_one_does(post: Transport) -> None:
    for turn in range(ROUNDS):
        id, token = await post.invited()
        before = await post.companies()
        taking = {"token": token, **COMPANY}
        answers = await both(turn, *(post.ask("nora", ACCEPT, input=taking) for _ in range(2)))

        assert sorted(codes(answers)) == ["NOT_FOUND", "done"]
        assert await post.companies() == before + 1
        assert await post.state(id) == ["pending", "accepted", True]


async def test_of_two_who_are_new_by_one_invitation_one_comes_to_be(post: Transport) -> None:
    for turn in range(3):  # each hashes two passwords
        email = f"new-{turn}@new.example"
        id, token = await post.invited(email)
        taking = {"token": token, **COMPANY, **SOMEBODY}
        answers = await both(turn, *(post.ask("anonymous", ACCEPT, input=taking) for _ in range(2)))

        assert sorted(codes(answers)) == ["NOT_FOUND", "done"]
        assert await post.rows("SELECT count(*) FROM user_account WHERE email_key = :email", email=email) == [(1,)]
        assert await post.state(id) == ["pending", "accepted", True]


async def test_an_invitation_is_withdrawn_or_taken_or_both_in_their_order(post: Transport) -> None:
    met = set()
    for turn in range(ROUNDS):
        id, token = await post.invited()
        before = await post.companies()
        answers = await both(
            turn,
            post.ask("nora", ACCEPT, input={"token": token, **COMPANY}),
            post.ask("gus", WITHDRAW, id=id),
        )
        taken = codes(answers)[0] == "done"
        met.add(tuple(codes(answers)))

        # What has been taken is pending, and can still be withdrawn.
        assert await post.companies() == before + taken
        assert await post.state(id) == ["withdrawn", "void", taken]

    assert met <= {("done", "done"), ("NOT_FOUND", "done")}


async def test_an_invitation_is_taken_or_declined(post: Transport) -> None:
    for turn in range(ROUNDS):
        id, token = await post.invited()
        answers = await both(
            turn,
            post.ask("nora", ACCEPT, input={"token": token, **COMPANY}),
            post.ask("anonymous", DECLINE, token=token),
        )
        taken = codes(answers) == ["done", "NOT_FOUND"]

        assert taken or codes(answers) == ["NOT_FOUND", "done"]
        assert await post.state(id) == (["pending", "accepted", True] if taken else ["declined", "void", False])


async def test_a_link_works_until_the_next_letter_is_on_its_way(post: Transport) -> None:
    for turn in range(ROUNDS):
        id, token = await post.invited()
        await post.rows("UPDATE client_invitation SET expires_at = expires_at - interval '2 days'")
        answers = await both(
            turn,
            post.ask("nora", ACCEPT, input={"token": token, **COMPANY}),
            post.ask("gus", RESEND, id=id),
        )

        assert codes(answers) in (["done", "CONFLICT"], ["NOT_FOUND", "done"])
        taken = codes(answers)[0] == "done"
        assert await post.state(id) == (["pending", "accepted", True] if taken else ["invited", "open", False])


async def test_an_address_is_invited_once_by_a_firm_that_invites_it_twice_at_once(post: Transport) -> None:
    for turn in range(ROUNDS):
        await post.invited("else@new.example")
        wish = {**WISH, "email": EMAILS["cora"]}
        answers = await both(turn, *(post.ask("gus", INVITE, input=wish) for _ in range(2)))

        assert sorted(codes(answers)) == ["CONFLICT", "done"]
        assert len(await post.rows("SELECT id FROM client_invitation")) == 2


async def test_two_addresses_of_one_company_can_be_invited_at_once(post: Transport) -> None:
    """Would one be refused, the firm knew that a company stands behind both."""
    for turn in range(ROUNDS):
        await post.invited("else@new.example")
        answers = await both(
            turn,
            *(post.ask("gus", INVITE, input={**WISH, "email": EMAILS[who]}) for who in ("dag", "mila")),
        )

        assert codes(answers) == ["done", "done"]
        told = await post.rows("SELECT kind FROM notice ORDER BY kind")
        assert told == [("CLIENT_INVITATION",), ("CLIENT_INVITATION",), ("COLLABORATION_REQUESTED",)]


async def test_a_company_that_adds_the_firm_while_it_is_invited_is_its_own_affair(post: Transport) -> None:
    """The firm's invitation goes out either way; the company may find that it is there already."""
    ((profile,),) = await post.rows(
        "SELECT id FROM firm_profile WHERE firm_id = :f AND state = 'published'", f=key("G")
    )
    add = "mutation ($id: ID!) { addFirmAsBookkeeper(input: {profile: $id}) { collaboration { collaborationState } } }"
    for turn in range(ROUNDS):
        await post.invited("else@new.example")
        await post.rows(
            "UPDATE collaboration SET state = 'withdrawn' WHERE state = 'pending' AND firm_id = :f", f=key("G")
        )
        answers = await both(
            turn,
            post.ask("gus", INVITE, input={**WISH, "email": EMAILS["cora"]}),
            post.ask("cora", add, id=post.ask.id("FirmProfile", profile)),
        )

        assert codes(answers) in (["done", "done"], ["done", "CONFLICT"])


async def test_an_invitation_is_taken_or_is_over(post: Transport) -> None:
    late = NOW + TTL
    for turn in range(ROUNDS):
        id, token = await post.invited()
        taking = post.ask("nora", ACCEPT, input={"token": token, **COMPANY})
        lapsing = lapse_next(post.engine, late)
        (answer,) = [
            each
            for each in await gather(*((taking, lapsing) if turn % 2 else (lapsing, taking)))
            if isinstance(each, Answer)
        ]
        taken = codes([answer]) == ["done"]

        assert taken or codes([answer]) == ["NOT_FOUND"]
        assert await post.state(id) == (["pending", "accepted", True] if taken else ["expired", "void", False])
