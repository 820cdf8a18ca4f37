"""Companies that answer one invitation at the same time, and what the firm does meanwhile: one order or the other (M5, L18, L23)."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import pytest

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.resolvers.collaborations.invitations import TTL
from gateway.settings import Settings
from gateway.worker.expired_requests import lapse_next
from tests.conftest import Copy
from tests.graph.collaborations.test_invitation_races import Transport
from tests.graph.collaborations.test_invitations import ACCEPT_HERE, DECLINE_HERE, INVITE, RESEND, WISH, WITHDRAW
from tests.graph.conftest import NOW, Answer, asker
from tests.graph.firms.test_staff import EMAILS
from tests.graph.firms.test_staff_races import PATIENCE, ROUNDS, both, codes

OWNERS: Final = {"C1": "cora", "C2": "dag", "C5": "frida"}
RENAME: Final = "mutation ($name: String!) { renameFirm(input: {name: $name}) { firm { name } } }"
AGAIN: Final = (
    "DELETE FROM client_invitation",
    "DELETE FROM mail_allowance",
    "UPDATE collaboration SET state = 'withdrawn' WHERE firm_id = :firm AND state = 'invited'",
    "UPDATE collaboration SET state = 'ended', ended_at = now(), ended_by = 'client'"
    " WHERE firm_id = :firm AND state = 'active' AND origin = 'firm_invitation'",
)
INVARIANT: Final = """
  SELECT k.id FROM collaboration k WHERE k.copy_of IS NULL AND k.state = 'invited'
  AND EXISTS (SELECT FROM collaboration c WHERE c.copy_of = k.id)
  AND NOT EXISTS (SELECT FROM collaboration c WHERE c.copy_of = k.id AND c.state = 'invited')
  UNION ALL SELECT c.id FROM collaboration c JOIN collaboration k ON k.id = c.copy_of
  WHERE c.state = 'invited' AND k.state <> 'invited'
"""


class Companies(Transport):
    """An application on a database of its own, where Nora is a member of three companies."""

    async def offered(self, *companies: str) -> tuple[str, list[str]]:
        """A new invitation of G's, and what these companies know it by; the others have declined it already."""
        for statement in AGAIN:
            await self.rows(statement, **({"firm": key("G")} if ":firm" in statement else {}))
        made = await self.ask.data("gus", INVITE, input={**WISH, "email": EMAILS["nora"]})
        id = made["inviteClient"]["collaboration"]["id"]
        found = {}
        for copy, company in await self.rows(
            "SELECT id, client_id FROM collaboration WHERE copy_of = :id", id=self.key_of(id)
        ):
            found[company] = self.ask.id("Collaboration", copy)
        assert len(found) == len(OWNERS)
        for company, who in OWNERS.items():
            if company not in companies:
                await self.ask.data(who, DECLINE_HERE, id=found[key(company)])
        return id, [found[key(company)] for company in companies]

    def key_of(self, id: str) -> UUID:
        return self.ask.gateway.seal.open_id(id)[1]

    async def states(self, *ids: str) -> list[Any]:
        """The state of each, once it is sure that no copy outlives its invitation, nor the other way round."""
        assert await self.rows(INVARIANT) == []
        return [
            (await self.rows("SELECT state FROM collaboration WHERE id = :id", id=self.key_of(id)))[0][0] for id in ids
        ]


@pytest.fixture(scope="module")
async def companies(copy: Copy, policy: Policy, settings: Settings) -> AsyncIterator[Companies]:
    engine = make_engine(await copy(), pool_timeout=PATIENCE)
    async with asker(settings, policy, engine) as ask:
        made = Companies(ask, engine)
        for number, company in enumerate(OWNERS):
            await made.rows(
                "INSERT INTO client_member (id, client_id, user_id, role, state)"
                " VALUES (:id, :client, :user, 'member', 'active')",
                id=key("nora's place", number),
                client=key(company),
                user=key("nora"),
            )
        yield made
    await engine.dispose()


def accepting(companies: Companies, who: str, copy: str) -> Any:
    return companies.ask(who, ACCEPT_HERE, input={"id": copy, "confirm": True})


async def test_of_two_companies_that_accept_at_once_one_does(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (first, second) = await companies.offered("C1", "C5")
        answers = await both(turn, accepting(companies, "cora", first), accepting(companies, "frida", second))

        assert sorted(codes(answers)) == ["CONFLICT", "done"]
        assert "retryAfter" not in str([answer.errors for answer in answers])
        assert await companies.states(id) == ["active"]
        assert sorted(await companies.states(first, second)) == ["withdrawn", "withdrawn"]
        won = "C1" if codes(answers)[0] == "done" else "C5"
        assert await companies.rows("SELECT client_id FROM collaboration WHERE id = :id", id=companies.key_of(id)) == [
            (key(won),)
        ]


async def test_of_two_owners_of_one_company_one_accepts(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (only,) = await companies.offered("C2")
        answers = await both(turn, accepting(companies, "dag", only), accepting(companies, "mila", only))

        assert sorted(codes(answers)) == ["NOT_FOUND", "done"]
        assert await companies.states(id) == ["active"]


async def test_two_that_decline_last_at_once_decline_the_invitation(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (first, second) = await companies.offered("C1", "C5")
        answers = await both(
            turn, companies.ask("cora", DECLINE_HERE, id=first), companies.ask("frida", DECLINE_HERE, id=second)
        )

        assert codes(answers) == ["done", "done"]
        assert await companies.states(id, first, second) == ["declined"] * 3


async def test_one_accepts_while_another_declines(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (first, second) = await companies.offered("C1", "C5")
        answers = await both(turn, accepting(companies, "cora", first), companies.ask("frida", DECLINE_HERE, id=second))
        late = codes(answers)[1] == "CONFLICT"

        assert codes(answers) in (["done", "done"], ["done", "CONFLICT"])
        assert await companies.states(id, second) == ["active", "withdrawn" if late else "declined"]


async def test_the_firm_withdraws_while_a_company_accepts(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (first, second) = await companies.offered("C1", "C5")
        answers = await both(turn, accepting(companies, "cora", first), companies.ask("gus", WITHDRAW, id=id))

        assert codes(answers) in (["done", "CONFLICT"], ["CONFLICT", "done"])
        taken = codes(answers)[0] == "done"
        assert await companies.states(id, second) == ["active" if taken else "withdrawn", "withdrawn"]


async def test_the_firm_sends_again_while_a_company_answers(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (first, second) = await companies.offered("C1", "C5")
        await companies.rows("UPDATE client_invitation SET invited_at = invited_at - interval '2 days'")
        answer = accepting(companies, "cora", first) if turn % 4 < 2 else companies.ask("cora", DECLINE_HERE, id=first)
        answers = await both(turn, answer, companies.ask("gus", RESEND, id=id))

        assert codes(answers) == ["done", "done"] or (turn % 4 < 2 and codes(answers) == ["done", "CONFLICT"])
        expected = ["active", "withdrawn"] if turn % 4 < 2 else ["invited", "invited"]
        assert await companies.states(id, second) == expected


async def test_the_firm_is_renamed_while_a_company_answers(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (first, second) = await companies.offered("C1", "C5")
        name = f"Firm {turn}"
        answers = await both(turn, accepting(companies, "cora", first), companies.ask("gus", RENAME, name=name))

        assert codes(answers) == ["done", "done"]
        assert await companies.states(id, second) == ["active", "withdrawn"]
        assert await companies.rows("SELECT firm_name FROM collaboration WHERE id = :id", id=companies.key_of(id)) == [
            (name,)
        ]


async def test_an_invitation_expires_or_is_accepted(companies: Companies) -> None:
    for turn in range(ROUNDS):
        id, (first, second) = await companies.offered("C1", "C5")
        while await lapse_next(companies.engine, NOW):
            pass
        answers = await both(turn, accepting(companies, "cora", first), lapse_next(companies.engine, NOW + TTL))
        (answer,) = [each for each in answers if isinstance(each, Answer)]
        taken = codes([answer]) == ["done"]

        assert taken or codes([answer]) == ["CONFLICT"]
        while await lapse_next(companies.engine, NOW + TTL):
            pass
        ended = ["active", "withdrawn"] if taken else ["expired", "expired"]
        assert await companies.states(id, second) == ended
