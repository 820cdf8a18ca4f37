"""A firm invites a company: by letter to who is nobody here, in the portal to who is, and it never learns which (P14, D30, L18)."""

import re
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.invitation_tokens import offered_token
from gateway.auth.secret_tokens import hash_of
from gateway.db import ids
from gateway.db.enums import KPI_KINDS
from gateway.db.seeds.demo import key
from gateway.messages import text as message
from gateway.policy import Policy
from gateway.resolvers.collaborations import invitations
from gateway.resolvers.collaborations.invitations import MAX_A_DAY, TTL, UNANSWERED
from gateway.resolvers.core.mail_limits import TOO_MANY_TO_ADDRESS
from gateway.resolvers.core.refusals import CONFLICTS, NOT_YOURS, RULES
from gateway.resolvers.memberships.recipients import SIGN_IN, SOMEBODY_ELSES
from tests.graph.conftest import CALLERS, NOW, Answer, Ask, recorded, run
from tests.graph.firms.test_staff import EMAILS, refused, rows
from tests.mail.conftest import Remembering, desk_of, text_of
from tests.support import make
from tests.support.invoices import REINSTATE, SUSPEND

ALL_OF_IT: Final = """{ id collaborationState stage origin firmName clientName client { id } requestedLevel requestMessage
  invitedEmail invitedCountry discountOffer { percent plans state } level sharedKpis billingMode startedAt endedAt endedBy
  viewerActions visibleFields conversation { id } auditEntries(first: 9) { totalCount } }"""
TOLD: Final = """{ id collaborationState stage clientName requestedLevel requestMessage invitedEmail invitedCountry
  discountOffer { percent plans state } viewerActions }"""
INVITE: Final = f"mutation ($input: InviteClientInput!) {{ inviteClient(input: $input) {{ collaboration {TOLD} }} }}"
RESEND: Final = f"""mutation ($id: ID!) {{
  resendClientInvitation(input: {{id: $id}}) {{ collaboration {TOLD} }}
}}"""
WITHDRAW: Final = """mutation ($id: ID!) { withdrawCollaboration(input: {id: $id}) { collaboration { id } } }"""
ACCEPT: Final = """mutation ($input: AcceptClientInvitationInput!) {
  acceptClientInvitation(input: $input) { membership { id name } }
}"""
DECLINE: Final = "mutation ($token: String!) { declineClientInvitation(input: {token: $token}) { declined } }"
ACCEPT_HERE: Final = f"""mutation ($input: AcceptCollaborationInput!) {{
  acceptCollaboration(input: $input) {{ collaboration {TOLD} }}
}}"""
DECLINE_HERE: Final = (
    "mutation ($id: ID!) { declineCollaboration(input: {id: $id}) { collaboration { collaborationState } } }"
)
DECIDE: Final = """mutation ($id: ID!, $decision: VerificationDecision!, $reason: String) {
  decideVerification(input: {id: $id, decision: $decision, reason: $reason}) { client { verificationState } }
}"""
READ: Final = f"query ($id: ID!) {{ collaboration(id: $id) {ALL_OF_IT} }}"
WISH: Final = {
    "companyName": "Neue Käserei",
    "email": "Someone@new.example",
    "country": "DE",
    "requestedLevel": "FULL",
    "message": "Wir kennen uns\nvom Markt.",
    "discount": {"percent": 20, "plans": ["PRO", "PLUS"]},
}
COMPANY: Final = {"companyName": "Käserei Neu GmbH", "confirm": True}
SOMEBODY: Final = {"name": "Mia Neumann", "password": "a long enough one"}
CHOICE: Final = {"level": "FULL", "sharedKpis": ["MISSING_RECEIPTS"], "billingMode": "PARTNER"}
TABLES: Final = ("collaboration", "client_invitation", "client", "client_member", "user_account", "notice")


async def invited(ask: Ask, who: str = "gus", **given: Any) -> dict[str, Any]:
    data = await ask.data(who, INVITE, input={**WISH, **given})
    told: dict[str, Any] = data["inviteClient"]["collaboration"]
    return told


def key_of(ask: Ask, id: str) -> UUID:
    return ask.gateway.seal.open_id(id)[1]


async def copy_for(ask: Ask, world: AsyncConnection, id: str, company: UUID) -> str:
    """What a company knows an invitation by."""
    ((copy,),) = await rows(
        world,
        "SELECT id FROM collaboration WHERE copy_of = :id AND client_id = :company",
        id=key_of(ask, id),
        company=company,
    )
    return ask.id("Collaboration", copy)


async def letter(ask: Ask, world: AsyncConnection, id: str) -> str:
    """What the last letter carries."""
    ((offer, sendings),) = await rows(
        world, "SELECT id, sendings FROM client_invitation WHERE collaboration_id = :id", id=key_of(ask, id)
    )
    return offered_token(ask.gateway.sign_in_service.secret, "CLIENT_INVITATION", offer, sendings)


async def accepted(ask: Ask, token: str, who: str = "anonymous", **more: Any) -> Answer:
    return await ask(who, ACCEPT, input={"token": token, **COMPANY, **(SOMEBODY if who == "anonymous" else {}), **more})


async def content(world: AsyncConnection) -> list[list[tuple[Any, ...]]]:
    return [await rows(world, f"SELECT t::text FROM {table} t ORDER BY 1") for table in TABLES]


async def read(ask: Ask, who: str, id: str) -> Any:
    return (await ask(who, READ, id=id)).data["collaboration"]


# ---- inviting


async def test_the_firm_sees_what_it_typed_and_nothing_else(ask: Ask, world: AsyncConnection) -> None:
    told = await invited(ask)
    whole = await read(ask, "gus", told["id"])

    assert told == {
        "id": told["id"],
        "collaborationState": "PENDING",
        "stage": "INVITED",
        "clientName": "Neue Käserei",
        "requestedLevel": "FULL",
        "requestMessage": "Wir kennen uns\nvom Markt.",
        "invitedEmail": "Someone@new.example",
        "invitedCountry": "DE",
        "discountOffer": {"percent": 20, "plans": ["PLUS", "PRO"], "state": "OFFERED"},
        "viewerActions": ["WITHDRAW_COLLABORATION"],
    }
    assert {name for name, value in whole.items() if value is None} == {
        "client", "level", "sharedKpis", "billingMode", "startedAt", "endedAt", "endedBy", "conversation", "auditEntries",
    }  # fmt: skip


async def test_what_is_written_is_bound_to_the_address_and_the_token_to_its_letter(
    ask: Ask, world: AsyncConnection
) -> None:
    told = await invited(ask)
    token = await letter(ask, world, told["id"])
    (offer,) = await rows(
        world,
        "SELECT email, email_key, state, token_hash, sendings, expires_at, invited_by, accepted_by FROM client_invitation",
    )

    assert offer == (
        "Someone@new.example", "someone@new.example", "open", hash_of(token), 1, NOW + TTL, key("gus"), None,
    )  # fmt: skip
    assert token not in str(await content(world))
    assert await rows(world, "SELECT origin, state, client_id, requested_by FROM collaboration WHERE id = :id", id=key_of(
        ask, told["id"])) == [("firm_invitation", "invited", None, key("gus"))]  # fmt: skip
    assert await rows(
        world, "SELECT action, outcome, firm_id, client_id FROM audit_entry WHERE at = :now", now=NOW
    ) == [("INVITE_CLIENT", "done", key("G"), None)]


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("ada", "gus", "hugo", "anonymous")])
async def test_nobody_but_a_firms_admin_invites_a_company(ask: Ask, world: AsyncConnection, who: str) -> None:
    before = await content(world)

    for wish in (WISH, {**WISH, "email": "no address"}):
        assert refused(await ask(who, INVITE, input=wish), "FORBIDDEN", NOT_YOURS)
    assert await content(world) == before


async def test_nobody_invites_and_nobody_sends_again(ask: Ask, world: AsyncConnection) -> None:
    assert refused(await ask("anonymous", INVITE, input=WISH), "UNAUTHENTICATED")
    assert refused(await ask("anonymous", RESEND, id=ask.id("Collaboration", "F-C1")), "UNAUTHENTICATED")


@pytest.mark.parametrize("state", ["suspended", "submitted"])
async def test_only_a_firm_in_the_programme_invites_and_sends_again(
    ask: Ask, world: AsyncConnection, state: str
) -> None:
    told = await invited(ask)
    await later(world)
    await run(world, "UPDATE firm SET programme_state = :state WHERE id = :id", state=state, id=key("G"))

    outside = await ask("gus", INVITE, input={**WISH, "email": "another@new.example"})
    assert refused(outside, "FORBIDDEN", "Only firms in the partner programme can do this.")
    assert refused(await ask("gus", RESEND, id=told["id"]), "FORBIDDEN", RULES["PROGRAMME"])
    assert (await read(ask, "gus", told["id"]))["viewerActions"] == ["WITHDRAW_COLLABORATION"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no address"},
        {"email": "a@new.example\r\nBcc: all@new.example"},
        {"companyName": " "},
        {"companyName": "x" * 101},
        {"companyName": "a\u0007b"},
        {"message": "x" * 1001},
        {"message": "a\u0007b"},
        {"discount": {"percent": 0, "plans": ["PRO"]}},
        {"discount": {"percent": 101, "plans": ["PRO"]}},
        {"discount": {"percent": 10, "plans": []}},
        {"discount": {"percent": 10, "plans": ["BASIC"]}},
        {"discount": {"percent": 10, "plans": ["PRO", "BASIC"]}},
    ],
)
async def test_what_is_wrong_is_not_sent(ask: Ask, world: AsyncConnection, wrong: dict[str, Any]) -> None:
    await run(world, "UPDATE plan SET fee_amount = 0 WHERE tier = 'basic'")
    before = await content(world)
    answer = await ask("gus", INVITE, input={**WISH, **wrong})

    assert refused(answer, "BAD_USER_INPUT")
    discount = wrong.get("discount", {})
    is_of_plans = discount.get("percent") == 10 and discount["plans"] != []
    assert (answer.errors[0]["message"] == message("input", "PAID_PLANS")) == is_of_plans
    assert await content(world) == before


async def test_an_invitation_needs_no_more_than_a_name_an_address_and_a_country(
    ask: Ask, world: AsyncConnection
) -> None:
    told = await invited(ask, requestedLevel=None, message=None, discount=None)

    assert (told["requestedLevel"], told["requestMessage"], told["discountOffer"]) == (None, None, None)


async def test_an_address_is_invited_once_by_each_firm(ask: Ask, world: AsyncConnection) -> None:
    first = await invited(ask)
    again = await ask("gus", INVITE, input={**WISH, "email": "SOMEONE@new.example", "companyName": "Else"})
    other = await invited(ask, "ada")
    await ask.data("gus", WITHDRAW, id=first["id"])

    assert refused(again, "CONFLICT", UNANSWERED)
    assert other["stage"] == "INVITED"
    assert (await invited(ask))["id"] != first["id"]


async def test_a_firm_sends_so_many_a_day(ask: Ask, world: AsyncConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAX_A_DAY", 2)
    first = await invited(ask, email="1@new.example")
    await invited(ask, email="2@new.example")
    await invited(ask, "ada", email="3@new.example")
    full = await ask("gus", INVITE, input={**WISH, "email": "5@new.example"})
    await later(world, only=first["id"], ask=ask)

    assert MAX_A_DAY == 200
    assert refused(full, "CONFLICT", message("conflict", "DAILY_INVITATIONS", most=2))
    assert (await invited(ask, email="4@new.example"))["stage"] == "INVITED"
    assert refused(
        await ask("gus", RESEND, id=first["id"]), "CONFLICT", message("conflict", "DAILY_INVITATIONS", most=2)
    )


@pytest.mark.parametrize("email", ["", "nobody", "a\0b@new.example", "a@b\n.example", "x" * 999])
async def test_what_is_no_address_is_refused_before_it_is_looked_for(
    ask: Ask, world: AsyncConnection, email: str
) -> None:
    assert (await ask("gus", INVITE, input={**WISH, "email": email})).codes == ["BAD_USER_INPUT"]
    assert await rows(world, "SELECT id FROM client_invitation") == []


@pytest.mark.parametrize("email", ["someone@new.example", "cora@aeroe-tovvaerk.example"])
async def test_withdrawing_gets_nobody_more_letters_than_a_day_has(
    ask: Ask, world: AsyncConnection, email: str
) -> None:
    for _ in range(3):
        made = await invited(ask, email=email)
        await ask.data("gus", WITHDRAW, id=made["id"])
    often = await ask("gus", INVITE, input={**WISH, "email": email})

    assert refused(often, "RATE_LIMITED", TOO_MANY_TO_ADDRESS)
    assert (await invited(ask, email="another@new.example"))["stage"] == "INVITED"
    assert (await invited(ask, "ada", email=email))["stage"] == "INVITED"


async def test_an_invitation_that_is_asked_for_again_with_its_key_is_sent_once(
    ask: Ask, world: AsyncConnection
) -> None:
    headers = {**ask.headers("gus"), "Idempotency-Key": "one-letter"}
    body = {"query": INVITE, "variables": {"input": WISH}}
    first, again = await ask.sent(body, headers), await ask.sent(body, headers)

    assert again.data == first.data
    assert len(await rows(world, "SELECT id FROM notice")) == 1


# ---- whoever stands behind the address


BEHIND: Final = {
    "nobody": "someone@new.example",
    "somebody without a company": EMAILS["nora"],
    "the owner of a company": EMAILS["cora"],
    "an admin of a company": EMAILS["mila"],
    "a member of a company": EMAILS["emil"],
    "the owner of a company that the firm works for": EMAILS["jonas"],
    "the owner of a company that has asked the firm": EMAILS["lucia"],
    "the owner of a rejected company": EMAILS["saga"],
    "the owner of two companies": EMAILS["dag"],
    "somebody of three companies": "three@many.example",
    "the owner of two companies, of which the firm works for one": "half@many.example",
    "somebody of another firm": EMAILS["ada"],
    "somebody of this firm": EMAILS["gus"],
}
IN_THE_PORTAL: Final = {
    "the owner of a company": 1,
    "an admin of a company": 1,
    "a member of a company": 1,
    "the owner of two companies": 2,
    "somebody of three companies": 3,
    "the owner of two companies, of which the firm works for one": 1,
}
"""Whose companies are asked, and how many of them."""
VIEWS: Final = f"""query ($id: ID!) {{
  viewer {{ menus banners }} clientTabs {{ tab totalCount }}
  clients(first: 50) {{ totalCount nodes {{ id name collaborations(first: 50) {{ nodes {{ id }} }} }} }}
  onboarding: clients(first: 50, tab: ONBOARDING) {{ totalCount nodes {{ id name }} }}
  invites: clients(first: 50, tab: INVITES) {{ totalCount nodes {{ id name }} }}
  found: clients(first: 50, search: "neu") {{ totalCount nodes {{ id name }} }}
  firm {{ clientCount viewerActions staff(first: 50) {{ nodes {{ name }} }} }}
  collaborations(first: 50) {{ totalCount nodes {ALL_OF_IT} pageInfo {{ hasNextPage }} }}
  pending: collaborations(first: 50, states: [PENDING]) {{ totalCount nodes {{ id stage }} }}
  collaboration(id: $id) {ALL_OF_IT}
  node(id: $id) {{ __typename ... on Collaboration {ALL_OF_IT} }}
  auditLog(first: 50) {{ totalCount nodes {{ action outcome code actorName actingSide }} }}
  conversations(first: 50) {{ totalCount nodes {{ id }} }}
  marketplace(first: 9) {{ totalCount }} firms(first: 9) {{ totalCount nodes {{ id name }} }}
}}"""


async def a_firms_experience(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine, email: str, *then: str
) -> list[tuple[str, list[str]]]:
    """Every answer and its statements from the invitation on, but for ids and the address."""
    story: list[tuple[str, list[str]]] = []
    id = ""

    async def tell(document: str, **variables: Any) -> Answer:
        with recorded(engine) as said:
            answer = await ask("gus", document, **variables)
        statements = [re.sub(r"sa_savepoint_\d+", "", each) for each in said]
        story.append((answer.text.replace(id or "?", "ID").replace(email, "EMAIL"), statements))
        return answer

    made = await ask("gus", INVITE, input={**WISH, "email": f"else-{email}"})  # so that what is planned is planned
    await ask.data("gus", WITHDRAW, id=made.data["inviteClient"]["collaboration"]["id"])
    invitation = {"input": {**WISH, "email": email}}
    answer = await tell(INVITE, **invitation)
    id = answer.data["inviteClient"]["collaboration"]["id"]
    story[-1] = (story[-1][0].replace(id, "ID"), story[-1][1])
    await tell(VIEWS, id=id)
    await tell(INVITE, **invitation)
    await tell(RESEND, id=id)
    await later(world)
    await tell(RESEND, id=id)
    await tell(VIEWS, id=id)
    for document in then:
        await tell(document, id=id)
        await tell(VIEWS, id=id)
    await tell(RESEND, id=id)
    return story


@pytest.fixture
def ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still: what was made later has the higher key all the same, and so its place in a list."""
    made = count()
    monkeypatch.setattr(ids, "secrets", SimpleNamespace(randbits=lambda _: next(made)))


@pytest.mark.usefixtures("ordered")
async def test_l18_a_firm_is_told_the_same_whoever_stands_behind_an_address(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    await peopled(world)
    stories, asked = {}, {}
    for who, email in BEHIND.items():
        async with world.begin_nested() as undone:
            stories[who] = await a_firms_experience(ask, world, engine, email)
            asked[who] = await rows(world, "SELECT kind, count(*) FROM notice WHERE data->>'sending' = '2' GROUP BY 1")
            await undone.rollback()
    first = stories["nobody"]

    assert [UNANSWERED in text for text, _ in first] == [False, False, True, False, False, False, False]
    assert [CONFLICTS["JUST_SENT"] in text for text, _ in first] == [False, False, False, True, False, False, True]
    for who, story in stories.items():
        for step, ((text, statements), (theirs, taken)) in enumerate(zip(first, story, strict=True)):
            assert theirs == text, (who, step)
            assert taken == statements, (who, step)
    # And yet those who govern a company that the firm has nothing with were asked in the portal.
    in_the_portal = {who: told[0][1] for who, told in asked.items() if told[0][0] == "COLLABORATION_REQUESTED"}
    assert in_the_portal == IN_THE_PORTAL
    assert {who for who, told in asked.items() if told == [("CLIENT_INVITATION", 1)]} == set(BEHIND) - set(
        IN_THE_PORTAL
    )


@pytest.mark.usefixtures("ordered")
async def test_l18_a_withdrawal_is_told_the_same(ask: Ask, world: AsyncConnection, engine: AsyncEngine) -> None:
    await peopled(world)
    stories = {}
    for who, email in BEHIND.items():
        async with world.begin_nested() as undone:
            stories[who] = await a_firms_experience(ask, world, engine, email, WITHDRAW, WITHDRAW)
            await undone.rollback()
    texts = {who: [text for text, _ in story] for who, story in stories.items()}
    taken = {who: [len(said) for _, said in story] for who, story in stories.items()}

    assert all(told == texts["nobody"] for told in texts.values())
    assert all(number == taken["nobody"] for number in taken.values())


@pytest.mark.parametrize("says", ["no", "nothing"])
async def test_l18_no_answer_is_told_the_same(ask: Ask, world: AsyncConnection, says: str) -> None:
    told = {}
    for email in (EMAILS["cora"], "someone@new.example"):
        async with world.begin_nested() as undone:
            made = await invited(ask, email=email)
            if says == "nothing":
                await run(
                    world, "UPDATE collaboration SET state = 'expired' WHERE id = :id", id=key_of(ask, made["id"])
                )
            elif email == EMAILS["cora"]:
                await ask.data("cora", DECLINE_HERE, id=await copy_for(ask, world, made["id"], key("C1")))
            else:
                await ask.data("anonymous", DECLINE, token=await letter(ask, world, made["id"]))
            told[email] = (await ask("gus", VIEWS, id=made["id"])).text.replace(made["id"], "ID")
            await undone.rollback()

    assert len(set(told.values())) == 1


async def peopled(world: AsyncConnection) -> None:
    """Dag governs two companies, Saga's was rejected, and Lucía's has asked G; two more people have several."""
    await companies_of(world, key("dag"), "owner")
    await companies_of(world, await make.user(world, email="three@many.example"), "owner", "admin", "member")
    one, _ = await companies_of(world, await make.user(world, email="half@many.example"), "owner", "owner")
    await make.collaboration(world, firm_id=key("G"), client_id=one)
    await run(world, "UPDATE client SET state = 'rejected' WHERE id = :id", id=key("C8"))
    await make.collaboration(world, firm_id=key("G"), client_id=key("C7"), state="pending")


async def companies_of(world: AsyncConnection, person: UUID, *roles: str) -> list[UUID]:
    """New companies of a person's, in these roles; each has an owner of its own."""
    made = []
    for number, role in enumerate(roles):
        made.append(await make.client(world, name=f"Company {number}"))
        await make.client_member(world, client_id=made[-1], user_id=person, role=role)
        if role != "owner":
            await make.client_member(world, client_id=made[-1])
    return made


async def later(world: AsyncConnection, *, only: str | None = None, ask: Ask | None = None) -> None:
    """A day has passed since the letters were sent."""
    which = " WHERE collaboration_id = :id" if only else ""
    given = {"id": key_of(ask, only)} if only and ask else {}
    earlier = ", ".join(f"{column} = {column} - interval '1 day'" for column in ("invited_at", "expires_at"))
    await run(world, f"UPDATE client_invitation SET {earlier}{which}", **given)


# ---- those who are here


async def test_a_company_that_is_here_is_asked_in_the_portal_and_gets_no_discount(
    ask: Ask, world: AsyncConnection, policy: Policy
) -> None:
    told = await invited(ask, email=EMAILS["mila"])
    await run(world, "UPDATE user_account SET locale = 'en' WHERE id = :id", id=key("mila"))
    desk = desk_of(world, policy, Remembering())
    await desk.addressed()
    await desk.sent()
    copy = await copy_for(ask, world, told["id"], key("C2"))
    seen = await read(ask, "mila", copy)
    said = next(text_of(each) for each in desk.post.taken if each["To"].addresses[0].username == "mila")
    done = await ask.data("dag", ACCEPT_HERE, input={"id": copy, "confirm": True, **CHOICE})

    assert desk.post.to == ["dag", "mila"]
    assert "Steinfirn Treuhand asks to be added to your company" in said
    assert "> vom Markt." in said
    assert "Neue Käserei" not in said  # what the firm calls them
    assert (seen["stage"], seen["viewerActions"]) == ("INVITED", ["ACCEPT_COLLABORATION", "DECLINE_COLLABORATION"])
    assert seen["discountOffer"] == {"percent": 20, "plans": ["PLUS", "PRO"], "state": "VOID"}
    accepted = done["acceptCollaboration"]["collaboration"]
    assert (accepted["id"], accepted["collaborationState"], accepted["clientName"]) == (
        told["id"],
        "ACTIVE",
        "Björkdunge Bageri",
    )
    after = await read(ask, "gus", told["id"])
    assert (after["clientName"], after["level"], after["billingMode"]) == ("Björkdunge Bageri", "FULL", "PARTNER")
    assert after["discountOffer"]["state"] == "VOID"


async def test_its_members_do_not_hear_of_it(ask: Ask, world: AsyncConnection, policy: Policy) -> None:
    told = await invited(ask, email=EMAILS["cora"])
    desk = desk_of(world, policy, Remembering())

    assert await desk.addressed() == ["cora"]
    copy = await copy_for(ask, world, told["id"], key("C1"))
    assert (await read(ask, "emil", copy))["discountOffer"] is None
    for stranger in ("ada", "ben", "gus", "jonas", "nora", "pia", "rolf"):
        assert refused(await ask(stranger, READ, id=copy), "NOT_FOUND")


async def test_the_address_of_a_plain_member_is_that_of_an_existing_company(
    ask: Ask, world: AsyncConnection, policy: Policy
) -> None:
    told = await invited(ask, email=EMAILS["emil"])
    desk = desk_of(world, policy, Remembering())

    assert await desk.addressed() == ["cora"]
    copy = await copy_for(ask, world, told["id"], key("C1"))
    assert (await read(ask, "cora", copy))["discountOffer"]["state"] == "VOID"
    assert (await read(ask, "emil", copy))["viewerActions"] == []
    assert refused(await accepted(ask, await letter(ask, world, told["id"]), "emil"), "NOT_FOUND")
    assert refused(await ask("emil", ACCEPT_HERE, input={"id": copy, "confirm": True}), "FORBIDDEN", NOT_YOURS)


async def test_whoever_has_come_here_since_is_asked_in_the_portal_the_next_time(
    ask: Ask, world: AsyncConnection
) -> None:
    told = await invited(ask, email=EMAILS["nora"])
    old = await letter(ask, world, told["id"])
    company = await make.client(world, name="Nora's")
    await make.client_member(world, client_id=company, user_id=key("nora"))
    await later(world)
    await ask.data("gus", RESEND, id=told["id"])

    copy = await copy_for(ask, world, told["id"], company)
    for token in (old, await letter(ask, world, told["id"])):
        assert refused(await accepted(ask, token, "nora"), "NOT_FOUND")
    assert (await read(ask, "nora", copy))["viewerActions"] == ["ACCEPT_COLLABORATION", "DECLINE_COLLABORATION"]


# ---- who comes by a letter


async def test_the_whole_way_of_a_company_that_is_new(ask: Ask, world: AsyncConnection, policy: Policy) -> None:
    desk = desk_of(world, policy, Remembering())
    told = await invited(ask)
    await desk.addressed()
    await desk.sent()
    (sent,) = desk.post.taken
    said = text_of(sent)
    (token,) = re.findall(r"https://portal\.example/client-invitation#(\S+)", said)
    address = "Marktgasse 1, 79098 Freiburg"
    done = await accepted(ask, token, companyNumber="HRB 1", address=address, **CHOICE)
    client = key_of(ask, done.data["acceptClientInvitation"]["membership"]["id"])
    ((user,),) = await rows(world, "SELECT id FROM user_account WHERE email_key = 'someone@new.example'")

    assert str(sent["To"]) == "Someone@new.example"
    assert sent["Content-Language"] == "de"  # as it is spoken there
    for part in ("Neue Käserei", "20 % Nachlass", "Plus, Pro", "voller Zugriff", "> vom Markt."):
        assert part in said
    assert done.errors == []
    assert done.data["acceptClientInvitation"]["membership"]["name"] == "Käserei Neu GmbH"
    ((*company, tier),) = await rows(
        world,
        "SELECT c.name, c.name_key, c.country, c.state, c.company_number, c.contact_email, p.tier"
        " FROM client c JOIN plan p ON p.id = c.plan_id WHERE c.id = :id",
        id=client,
    )
    assert (company, tier) == (
        ["Käserei Neu GmbH", "kaserei neu gmbh", "DE", "verifying", "HRB 1", "Someone@new.example"], "basic",
    )  # fmt: skip
    assert await rows(world, "SELECT user_id, role, state FROM client_member WHERE client_id = :id", id=client) == [
        (user, "owner", "active")
    ]
    # The firm: the client's own name, and still nothing of it but that it is being verified (D42, M5).
    pending = await read(ask, "gus", told["id"])
    tabs = await ask.data("gus", "{ clients(tab: ONBOARDING, first: 9) { nodes { name verificationState } } }")
    assert (pending["collaborationState"], pending["stage"], pending["clientName"]) == (
        "PENDING",
        None,
        "Käserei Neu GmbH",
    )
    assert pending["discountOffer"]["state"] == "ACCEPTED"
    assert pending["level"] is None
    assert tabs["clients"]["nodes"] == [{"name": "Käserei Neu GmbH", "verificationState": "VERIFYING"}]
    assert await rows(
        world,
        "SELECT action, actor_id, acting_side, acting_id, client_id, firm_id, collaboration_id FROM audit_entry"
        " WHERE action = 'ACCEPT_CLIENT_INVITATION' AND at > '2026-03-02'",
    ) == [("ACCEPT_CLIENT_INVITATION", user, "client", client, client, key("G"), key_of(ask, told["id"]))]
    assert await sent_since(desk) == []  # it is mailed once, when the collaboration begins
    # The platform verifies, and it begins as it was chosen.
    await ask.data("pia", DECIDE, id=ask.id("Client", client), decision="VERIFY")
    active = await read(ask, "gus", told["id"])
    assert (active["collaborationState"], active["level"], active["billingMode"]) == ("ACTIVE", "FULL", "PARTNER")
    assert active["sharedKpis"] == ["MISSING_RECEIPTS"]
    assert await sent_since(desk) == ["Someone", "Someone", "gus", "gus"]  # verified; accepted; and who pays
    assert await rows(world, "SELECT granted_by, level FROM access_grant WHERE client_id = :id", id=client) == [
        (user, "full")
    ]


async def sent_since(desk: Any) -> list[str]:
    desk.post.taken.clear()
    await desk.addressed()
    await desk.sent()
    return sorted(desk.post.to)


async def test_a_company_that_is_rejected_brings_no_collaboration(ask: Ask, world: AsyncConnection) -> None:
    told = await invited(ask)
    done = await accepted(ask, await letter(ask, world, told["id"]), **CHOICE)
    client = done.data["acceptClientInvitation"]["membership"]["id"]
    await make.assignment(world, member_id=key("G/gus"), client_id=key_of(ask, client))
    await ask.data("pia", DECIDE, id=client, decision="REJECT", reason="Who is it?")

    assert refused(await ask("gus", READ, id=told["id"]), "NOT_FOUND")
    (offer,) = await rows(
        world, "SELECT id FROM client_invitation WHERE collaboration_id = :id", id=key_of(ask, told["id"])
    )
    declined = "SELECT subject_type, subject_id FROM notice WHERE kind = 'COLLABORATION_DECLINED'"
    assert await rows(world, declined) == [("ClientInvitation", offer[0])]
    known = await read(ask, "pia", told["id"])
    assert (known["collaborationState"], known["endedBy"], known["discountOffer"]["state"]) == (
        "DECLINED",
        "PLATFORM",
        "VOID",
    )
    assert await rows(
        world,
        "SELECT (SELECT count(*) FROM access_grant WHERE client_id = :id AND revoked_at IS NULL),"
        " (SELECT count(*) FROM billing_mode_period WHERE client_id = :id AND to_at = 'infinity'),"
        " (SELECT count(*) FROM assignment WHERE client_id = :id AND ended_at IS NULL)",
        id=key_of(ask, client),
    ) == [(0, 0, 0)]


async def test_whoever_is_known_signs_in_and_brings_a_company_under_their_own_name(
    ask: Ask, world: AsyncConnection
) -> None:
    told = await invited(ask, email=EMAILS["nora"])
    token = await letter(ask, world, told["id"])
    nobody, other = await accepted(ask, token), await accepted(ask, token, "cora")
    done = await accepted(ask, token, "nora", name="Ignored", password="x")
    client = done.data["acceptClientInvitation"]["membership"]["id"]

    assert refused(nobody, "UNAUTHENTICATED", SIGN_IN)
    assert refused(other, "FORBIDDEN", SOMEBODY_ELSES)
    assert await rows(world, "SELECT name FROM user_account WHERE id = :id", id=key("nora")) == [("Nora Falkenrath",)]
    mine = await ask.data("nora", "{ viewer { memberships { id name kind role } } }")
    assert mine["viewer"]["memberships"] == [
        {"id": client, "name": "Käserei Neu GmbH", "kind": "CLIENT", "role": "OWNER"}
    ]
    assert (await read(ask, "nora", told["id"]))["collaborationState"] == "PENDING"


async def test_nothing_need_be_granted_at_once(ask: Ask, world: AsyncConnection) -> None:
    told = await invited(ask)
    done = await accepted(ask, await letter(ask, world, told["id"]))
    await ask.data("pia", DECIDE, id=done.data["acceptClientInvitation"]["membership"]["id"], decision="VERIFY")
    active = await read(ask, "gus", told["id"])

    assert (active["collaborationState"], active["level"], active["billingMode"]) == ("ACTIVE", "NONE", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"confirm": False},
        {"companyName": ""},
        {"companyName": "x" * 101},
        {"companyNumber": ""},
        {"companyNumber": "x" * 51},
        {"address": "a\u0007b"},
        {"name": None},
        {"password": "too short"},
        {"level": "FULL", "sharedKpis": list(KPI_KINDS)},
        {"level": "LIMITED", "sharedKpis": [], "billingMode": "CLIENT"},
        {"level": "LIMITED"},
        {"sharedKpis": []},
    ],
)
async def test_what_is_wrong_brings_nobody(ask: Ask, world: AsyncConnection, wrong: dict[str, Any]) -> None:
    told = await invited(ask)
    token, before = await letter(ask, world, told["id"]), await content(world)

    assert refused(await accepted(ask, token, **wrong), "BAD_USER_INPUT")
    assert await content(world) == before


WRONG_TOKENS: Final = (
    "used",
    "declined",
    "withdrawn",
    "expired",
    "sent again",
    "of staff",
    "garbled",
    "of a company here",
)


@pytest.mark.parametrize("kind", WRONG_TOKENS)
async def test_a_token_that_is_not_good_has_one_answer(ask: Ask, world: AsyncConnection, kind: str) -> None:
    told = await invited(ask, **({"email": EMAILS["cora"]} if kind == "of a company here" else {}))
    token = await letter(ask, world, told["id"])
    match kind:
        case "used":
            assert (await accepted(ask, token)).errors == []
        case "declined":
            await ask.data("anonymous", DECLINE, token=token)
        case "withdrawn":
            await ask.data("gus", WITHDRAW, id=told["id"])
        case "expired":
            await run(world, "UPDATE client_invitation SET expires_at = :now", now=NOW)
        case "sent again":
            await later(world)
            await ask.data("gus", RESEND, id=told["id"])
        case "of staff":
            await make.invitation(world, token := "gws_x", firm_id=key("G"), invited_by=key("gus"))
        case "garbled":
            token = f"{token}x"
    before = await content(world)
    # Neither what else is wrong nor who asks makes a difference.
    for answer in (
        await accepted(ask, token),
        await accepted(ask, token, password=""),
        await accepted(ask, token, "nora"),
        await ask("anonymous", DECLINE, token=token),
        await ask("cora", DECLINE, token=token),
    ):
        assert refused(answer, "NOT_FOUND", "There is no such object.")
    assert await content(world) == before


async def test_whoever_is_asked_can_say_no(ask: Ask, world: AsyncConnection) -> None:
    told = await invited(ask)
    token = await letter(ask, world, told["id"])

    assert refused(await ask("nora", DECLINE, token=token), "FORBIDDEN", SOMEBODY_ELSES)
    assert await ask.data("anonymous", DECLINE, token=token) == {"declineClientInvitation": {"declined": True}}
    assert refused(await ask("gus", READ, id=told["id"]), "NOT_FOUND")
    known = await read(ask, "pia", told["id"])
    assert (known["collaborationState"], known["endedBy"], known["discountOffer"]["state"]) == (
        "DECLINED",
        "CLIENT",
        "VOID",
    )
    assert (await invited(ask))["stage"] == "INVITED"


async def test_a_company_may_come_while_the_firm_is_suspended_and_nothing_opens_to_it(
    ask: Ask, world: AsyncConnection
) -> None:
    told = await invited(ask)
    await ask.data("pia", SUSPEND, id=ask.id("Firm", "G"))
    done = await accepted(ask, await letter(ask, world, told["id"]), **CHOICE)
    await ask.data("pia", DECIDE, id=done.data["acceptClientInvitation"]["membership"]["id"], decision="VERIFY")
    during = await read(ask, "gus", told["id"])
    await ask.data("pia", REINSTATE, id=ask.id("Firm", "G"))
    after = await read(ask, "gus", told["id"])

    assert (during["collaborationState"], during["level"], during["billingMode"]) == ("ACTIVE", "NONE", None)
    assert (after["collaborationState"], after["level"], after["billingMode"]) == ("ACTIVE", "FULL", "PARTNER")


async def test_two_firms_invite_the_same_without_knowing_of_each_other(ask: Ask, world: AsyncConnection) -> None:
    of_g, of_f = await invited(ask), await invited(ask, "ada")
    first = await accepted(ask, await letter(ask, world, of_g["id"]))
    second = await accepted(ask, await letter(ask, world, of_f["id"]))
    unmoved = await read(ask, "ada", of_f["id"])

    assert first.errors == []
    assert refused(second, "UNAUTHENTICATED", SIGN_IN)  # somebody now
    assert {**unmoved, "id": None, "firmName": None} == {
        **(await read(ask, "ada", of_f["id"])), "id": None, "firmName": None,
    }  # fmt: skip
    for who, id in (("ada", of_g["id"]), ("gus", of_f["id"])):
        for document in (RESEND, WITHDRAW, READ):
            assert refused(await ask(who, document, id=id), "NOT_FOUND")


# ---- sending again, and who may


async def test_a_day_lies_between_two_letters(ask: Ask, world: AsyncConnection) -> None:
    told = await invited(ask)
    soon = await ask("gus", RESEND, id=told["id"])
    await later(world)
    again = (await ask("gus", RESEND, id=told["id"])).data["resendClientInvitation"]["collaboration"]

    assert refused(soon, "CONFLICT", CONFLICTS["JUST_SENT"])
    assert again == told
    assert await rows(world, "SELECT sendings, expires_at FROM client_invitation") == [(2, NOW + timedelta(days=30))]
    assert (await accepted(ask, await letter(ask, world, told["id"]))).errors == []


async def test_each_letter_is_sent_once_and_the_one_before_is_dropped(
    ask: Ask, world: AsyncConnection, policy: Policy
) -> None:
    desk = desk_of(world, policy, Remembering())
    told = await invited(ask)
    await desk.addressed()
    await later(world)
    await ask.data("gus", RESEND, id=told["id"])
    await desk.addressed()

    assert sorted(each.state for each in await desk.sent()) == ["dropped", "sent"]


@pytest.mark.parametrize("gone", [WITHDRAW, "declined"])
async def test_no_letter_leaves_for_an_invitation_that_is_over(
    ask: Ask, world: AsyncConnection, policy: Policy, gone: str
) -> None:
    desk = desk_of(world, policy, Remembering())
    of_new, of_here = await invited(ask), await invited(ask, email=EMAILS["cora"])
    await desk.addressed()
    if gone == "declined":
        await ask.data("anonymous", DECLINE, token=await letter(ask, world, of_new["id"]))
        await ask.data("cora", DECLINE_HERE, id=await copy_for(ask, world, of_here["id"], key("C1")))
    else:
        for told in (of_new, of_here):
            await ask.data("gus", gone, id=told["id"])

    assert [each.state for each in await desk.sent()] == ["dropped", "dropped"]


async def test_only_the_firms_admin_sends_again_and_only_what_waits(ask: Ask, world: AsyncConnection) -> None:
    told = await invited(ask, email=EMAILS["cora"])
    codes = {who: (await ask(who, RESEND, id=told["id"])).codes for who in CALLERS}

    assert {who for who, told in codes.items() if told == ["CONFLICT"]} == {"gus"}  # sent just now
    assert {who for who, told in codes.items() if told == ["FORBIDDEN"]} == {"pia"}
    assert codes.pop("anonymous") == ["UNAUTHENTICATED"]
    assert {tuple(told) for told in codes.values()} == {("CONFLICT",), ("FORBIDDEN",), ("NOT_FOUND",)}
    assert refused(await ask("gus", RESEND, id=ask.id("Collaboration", "G-C6")), "CONFLICT", CONFLICTS["BEGUN"])
    assert refused(await ask("gus", RESEND, id=ask.id("Collaboration", "F-C1")), "NOT_FOUND")
    assert refused(await ask("gus", RESEND, id="no id"), "BAD_USER_INPUT")


async def test_the_offer_is_seen_by_the_firms_admins_the_company_and_the_platform(
    ask: Ask, world: AsyncConnection
) -> None:
    offered = {"collaboration": key("F-C3"), "by": key("ada"), "now": NOW}
    await run(
        world,
        "INSERT INTO client_invitation (id, email, email_key, state, token_hash, expires_at, collaboration_id, invited_by,"
        " invited_at, discount_percent, discount_plans)"
        " VALUES (gen_random_uuid(), 'x@x.example', 'x', 'accepted', 'x', :now, :collaboration, :by, :now, 15, 4)",
        **offered,
    )
    document = "query ($id: ID!) { collaboration(id: $id) { discountOffer { percent plans state } } }"
    shown = {}
    for who in CALLERS:
        answer = await ask(who, document, id=ask.id("Collaboration", "F-C3"))
        found = (answer.data or {}).get("collaboration")
        shown[who] = (found or {}).get("discountOffer", "absent") or answer.denials[0][2]

    seen = {who: told for who, told in shown.items() if told not in ("absent", None)}
    offer = {"percent": 15, "plans": ["PRO"], "state": "ACCEPTED"}
    assert seen == {
        "ada": offer, "hedda@C3": offer, "pia": offer, "bo": "ROLE", "firm-sync": "ROLE",
    }  # fmt: skip


async def test_d43_what_is_not_accepted_yet_is_found_among_the_pending_collaborations(
    ask: Ask, world: AsyncConnection
) -> None:
    """D66: no tab lists it, for there is no client to show; bookkeepers never see it."""
    told = await invited(ask, "ada")
    pending = "{ collaborations(first: 9, states: [PENDING]) { totalCount nodes { id stage clientName } } }"
    admin, bookkeeper = await ask.data("ada", pending), await ask.data("ben", pending)

    assert admin["collaborations"]["nodes"][0] == {"id": told["id"], "stage": "INVITED", "clientName": "Neue Käserei"}
    assert bookkeeper["collaborations"]["nodes"] == []
