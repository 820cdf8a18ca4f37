"""The platform's people decide nothing about a firm or a company in which they have a place of their own (M3)."""

from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.invitation_tokens import offered_token
from gateway.db.seeds.demo import key
from gateway.resolvers.core.refusals import RULES
from tests.graph.accounts.test_erasure import ERASE
from tests.graph.collaborations.test_requests import DECIDE as DECIDE_VERIFICATION
from tests.graph.conftest import Answer, Ask, run
from tests.graph.firms.test_programme import DECIDE as DECIDE_APPLICATION
from tests.graph.firms.test_programme import QUEUED, REINSTATE, SUSPEND
from tests.graph.firms.test_staff import ACCEPT, INVITE
from tests.support import make
from tests.support.accounts import rows
from tests.support.collaborations import document

ACTIONS: Final = """query ($id: ID!) { node(id: $id) {
  ... on Firm { firm: viewerActions } ... on Client { client: viewerActions } } }"""
TERMINATE: Final = document("terminateCollaboration")
ROLES: Final = ("admin", "bookkeeper", "staff")
OF_FIRM: Final = [
    ("rolf", "agreed", DECIDE_APPLICATION, {"decision": "APPROVE"}),
    ("rolf", "agreed", DECIDE_APPLICATION, {"decision": "REJECT", "reason": "No."}),
    ("pia", "approved", SUSPEND, {}),
    ("pia", "suspended", REINSTATE, {}),
]


def is_refused(answer: Answer, word: str) -> bool:
    (error,) = answer.errors
    told = error["extensions"]["code"], error["message"]
    return told == ("FORBIDDEN", RULES[word]) and [*answer.data.values()] == [None]


async def state_of(world: AsyncConnection, firm: str) -> Any:
    return await rows(world, "SELECT programme_state, decided_at, decided_by FROM firm WHERE id = :id", id=key(firm))


@pytest.mark.parametrize("place", ["active", "suspended"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("who", "state", "mutation", "given"), OF_FIRM)
async def test_a_member_of_a_firm_decides_nothing_about_it_for_the_platform(
    ask: Ask,
    world: AsyncConnection,
    who: str,
    state: str,
    mutation: str,
    given: dict[str, Any],
    role: str,
    place: str,
) -> None:
    await run(world, QUEUED, state=state, id=key("H"))
    await make.member(world, firm_id=key("H"), user_id=key(who), role=role, state=place)
    before = await state_of(world, "H")
    answer = await ask(f"{who}@Platform", mutation, id=ask.id("Firm", "H"), **given)
    shown = (await ask.data(f"{who}@Platform", ACTIONS, id=ask.id("Firm", "H")))["node"]

    assert is_refused(answer, "INSIDER")
    assert await state_of(world, "H") == before
    assert shown == {"firm": []}


@pytest.mark.parametrize(("who", "state", "mutation", "given"), OF_FIRM)
async def test_a_former_member_and_a_member_of_another_firm_decide(
    ask: Ask, world: AsyncConnection, who: str, state: str, mutation: str, given: dict[str, Any]
) -> None:
    await run(world, QUEUED, state=state, id=key("H"))
    await run(world, "UPDATE firm SET subscription_paid = true WHERE id = :id", id=key("H"))
    await make.member(world, firm_id=key("H"), user_id=key(who), role="admin", state="removed")
    await make.member(world, firm_id=key("G"), user_id=key(who), role="staff", state="active")
    answer = await ask(f"{who}@Platform", mutation, id=ask.id("Firm", "H"), **given)

    assert answer.errors == []
    assert (await state_of(world, "H"))[0][0] != state


async def test_a_reviewer_who_accepts_an_invitation_into_the_firm_does_not_approve_it(
    ask: Ask, world: AsyncConnection
) -> None:
    await run(world, QUEUED, state="approved", id=key("H"))  # whose people may be invited
    email = await world.scalar(text("SELECT email FROM user_account WHERE id = :id"), {"id": key("rolf")})
    invited = await ask.data("hugo", INVITE, addresses=[{"email": email, "role": "ADMIN"}])
    assert invited["inviteStaff"] is not None
    offer = (await rows(world, "SELECT id FROM staff_invitation WHERE email = :email", email=email))[0][0]
    token = offered_token(ask.gateway.sign_in_service.secret, "STAFF_INVITATION", offer)
    accepted = await ask("rolf", ACCEPT, input={"token": token})
    assert accepted.errors == []
    await run(world, QUEUED, state="agreed", id=key("H"))
    await run(world, "UPDATE firm SET subscription_paid = true WHERE id = :id", id=key("H"))
    answer = await ask("rolf@Platform", DECIDE_APPLICATION, id=ask.id("Firm", "H"), decision="APPROVE")

    assert is_refused(answer, "INSIDER")
    assert (await state_of(world, "H"))[0][0] == "agreed"


@pytest.mark.parametrize(("decision", "reason"), [("VERIFY", None), ("REJECT", "No.")])
@pytest.mark.parametrize("side", ["company", "firm"])
async def test_a_member_of_either_side_does_not_verify_the_company(
    ask: Ask, world: AsyncConnection, side: str, decision: str, reason: str | None
) -> None:
    if side == "company":
        await make.client_member(world, client_id=key("C8"), user_id=key("pia"), role="member")
    else:
        await make.member(world, firm_id=key("F"), user_id=key("pia"), role="staff", state="suspended")
    state = "SELECT state FROM client WHERE id = :id"
    given = {"id": ask.id("Client", "C8"), "decision": decision, "reason": reason}
    answer = await ask("pia@Platform", DECIDE_VERIFICATION, **given)
    shown = (await ask.data("pia@Platform", ACTIONS, id=ask.id("Client", "C8")))["node"]["client"]

    assert is_refused(answer, "PARTY")
    assert await rows(world, state, id=key("C8")) == [("verifying",)]
    assert "DECIDE_VERIFICATION" not in shown


async def test_a_member_of_a_firm_that_has_nothing_to_do_with_the_company_verifies_it(
    ask: Ask, world: AsyncConnection
) -> None:
    await make.member(world, firm_id=key("G"), user_id=key("pia"), role="admin")

    assert (await ask("pia@Platform", DECIDE_VERIFICATION, id=ask.id("Client", "C8"), decision="VERIFY")).errors == []


@pytest.mark.parametrize("side", ["company", "firm"])
async def test_a_member_of_either_side_does_not_end_a_collaboration_for_the_platform(
    ask: Ask, world: AsyncConnection, side: str
) -> None:
    if side == "company":
        await make.client_member(world, client_id=key("C1"), user_id=key("pia"), role="member")
    else:
        await make.member(world, firm_id=key("F"), user_id=key("pia"), role="staff")
    wish = {"id": ask.id("Collaboration", "F-C1"), "confirm": True}
    answer = await ask("pia@Platform", TERMINATE, input=wish)
    other = await ask("pia@Platform", TERMINATE, input={**wish, "id": ask.id("Collaboration", "G-C6")})

    assert is_refused(answer, "PARTY")
    assert await rows(world, "SELECT state FROM collaboration WHERE id = :id", id=key("F-C1")) == [("active",)]
    assert other.errors == []


@pytest.mark.parametrize("named", ["here", "elsewhere"])
async def test_nobody_is_erased_by_a_colleague_whichever_place_names_them(
    ask: Ask, world: AsyncConnection, named: str
) -> None:
    """Ben works for F as well as for G; the administrator works for F."""
    await make.member(world, firm_id=key("F"), user_id=key("pia"), role="staff")
    elsewhere = await make.member(world, firm_id=key("G"), user_id=key("ben"), role="staff")
    place: Any = "F/ben" if named == "here" else elsewhere
    answer = await ask("pia@Platform", ERASE, user=ask.id("FirmMember", place), confirm=True)

    assert is_refused(answer, "COLLEAGUE")
    assert await rows(world, "SELECT erased_at FROM user_account WHERE id = :id", id=key("ben")) == [(None,)]


async def test_nobody_is_erased_by_a_member_of_the_same_company(ask: Ask, world: AsyncConnection) -> None:
    await make.client_member(world, client_id=key("C1"), user_id=key("pia"), role="member")
    answer = await ask("pia@Platform", ERASE, user=ask.id("ClientMember", "C1/emil"), confirm=True)

    assert is_refused(answer, "COLLEAGUE")
