"""An address of several companies: each may answer, one becomes the client, and the firm learns of none (D30, L18)."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.seeds.demo import key
from gateway.policy import Policy
from gateway.resolvers.core.refusals import CONFLICTS
from gateway.worker.expired_requests import TTL, lapse_next
from tests.graph.collaborations.test_invitations import (
    ACCEPT_HERE,
    CHOICE,
    DECIDE,
    DECLINE_HERE,
    READ,
    RESEND,
    VIEWS,
    WITHDRAW,
    accepted,
    copy_for,
    invited,
    key_of,
    later,
    letter,
    read,
)
from tests.graph.conftest import NOW, Ask, Lent, recorded, run
from tests.graph.firms.test_staff import EMAILS, refused, rows
from tests.mail.conftest import Remembering, desk_of
from tests.support import make

PEOPLE: Final = {"C1": "cora", "C2": "dag", "C5": "frida"}
"""Companies that G has nothing with, and who owns each."""
LOG: Final = "{ auditLog(first: 50) { nodes { at action actingSide actorName outcome requestId onBehalfOf { id } } } }"
STATE: Final = "SELECT state, ended_by, client_id FROM collaboration WHERE id = :id"


@pytest.fixture
async def companies(world: AsyncConnection) -> None:
    """Nora is a member of each."""
    for company in PEOPLE:
        await make.client_member(world, client_id=key(company), user_id=key("nora"), role="member")


async def offered(ask: Ask, world: AsyncConnection) -> tuple[str, dict[str, str]]:
    """What the firm knows the invitation by, and each company."""
    id = (await invited(ask, email=EMAILS["nora"]))["id"]
    return id, {company: await copy_for(ask, world, id, key(company)) for company in PEOPLE}


async def view(ask: Ask, id: str) -> str:
    return (await ask("gus", VIEWS, id=id)).text


async def entries_of(ask: Ask, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ask(who, LOG)).data["auditLog"]["nodes"]
    return found


async def lapsed(world: AsyncConnection, now: datetime) -> set[UUID]:
    found = set()
    while (one := await lapse_next(Lent(world), now)) is not None:  # type: ignore[arg-type]
        found.add(one)
    return found


pytestmark = pytest.mark.usefixtures("companies")


async def test_each_company_is_mailed_and_sees_the_invitation_alone(
    ask: Ask, world: AsyncConnection, policy: Policy
) -> None:
    _, copies = await offered(ask, world)
    desk = desk_of(world, policy, Remembering())
    every = {who: (await read(ask, who, copies[company])) for company, who in PEOPLE.items()}

    assert sorted(await desk.addressed()) == ["cora", "dag", "frida", "mila"]
    for company, who in PEOPLE.items():
        seen = every[who]
        assert (seen["collaborationState"], seen["stage"], seen["origin"]) == ("PENDING", "INVITED", "FIRM_INVITATION")
        assert seen["viewerActions"] == ["ACCEPT_COLLABORATION", "DECLINE_COLLABORATION"]
        assert seen["discountOffer"]["state"] == "VOID"
        assert seen["client"] == {"id": ask.id("Client", company)}
        for other in copies.keys() - {company}:
            assert refused(await ask(who, READ, id=copies[other]), "NOT_FOUND")
    for stranger in ("gus", "pia", "ada"):
        for copy in copies.values():
            for document in (READ, WITHDRAW, RESEND):
                assert refused(await ask(stranger, document, id=copy), "NOT_FOUND")


@pytest.mark.parametrize("winner", PEOPLE)
async def test_the_first_that_accepts_becomes_the_client_by_the_firms_own_id(
    ask: Ask, world: AsyncConnection, policy: Policy, winner: str
) -> None:
    id, copies = await offered(ask, world)
    who = PEOPLE[winner]
    done = await ask.data(who, ACCEPT_HERE, input={"id": copies[winner], "confirm": True, **CHOICE})
    found = await read(ask, "gus", id)
    desk = desk_of(world, policy, Remembering())
    await desk.addressed()
    await desk.sent()

    assert done["acceptCollaboration"]["collaboration"]["id"] == id
    assert (found["collaborationState"], found["level"], found["billingMode"]) == ("ACTIVE", "FULL", "PARTNER")
    assert found["client"] == {"id": ask.id("Client", winner)}
    assert found["discountOffer"]["state"] == "VOID"
    assert refused(await ask(who, READ, id=copies[winner]), "NOT_FOUND")
    assert (await ask.data("gus", "{ clients(tab: ALL, first: 50) { nodes { id } } }"))["clients"]["nodes"].count(
        {"id": ask.id("Client", winner)}
    ) == 1
    for company, other in PEOPLE.items():
        if company != winner:
            seen = await read(ask, other, copies[company])
            assert (seen["collaborationState"], seen["endedBy"], seen["viewerActions"]) == ("WITHDRAWN", "FIRM", [])
            assert refused(await ask(other, READ, id=id), "NOT_FOUND")
            late = await ask(other, ACCEPT_HERE, input={"id": copies[company], "confirm": True})
            assert refused(late, "CONFLICT", CONFLICTS["OVER"])
    # The mails that were not sent yet are of no use any more.
    assert set(desk.post.to) == {"gus"} | ({"mila"} if winner == "C2" else set())  # of those who answer, a colleague
    assert await rows(world, "SELECT state FROM client_invitation") == [("void",)]


async def test_a_company_cannot_tell_another_acceptance_from_a_withdrawal(ask: Ask, world: AsyncConnection) -> None:
    told = []
    for ending in ("accepted", "withdrawn"):
        async with world.begin_nested() as undone:
            id, copies = await offered(ask, world)
            if ending == "accepted":
                await ask.data("cora", ACCEPT_HERE, input={"id": copies["C1"], "confirm": True})
            else:
                await ask.data("gus", WITHDRAW, id=id)
            whole = (await ask("frida", READ, id=copies["C5"])).text.replace(copies["C5"], "ID")
            told.append((whole, sorted(map(str, await entries_of(ask, "frida")))))
            await undone.rollback()

    assert told[0] == told[1]
    assert "'WITHDRAW_COLLABORATION', 'actingSide': 'FIRM', 'actorName': None" in str(told[0][1])


async def test_the_platform_can_tell_them_apart_and_the_firm_has_no_entry_of_either(
    ask: Ask, world: AsyncConnection
) -> None:
    _, copies = await offered(ask, world)
    await ask.data("cora", ACCEPT_HERE, input={"id": copies["C1"], "confirm": True})
    entries = (
        "SELECT actor_id, acting_id, client_id FROM audit_entry WHERE action = 'WITHDRAW_COLLABORATION' AND at = :now"
    )
    log = await entries_of(ask, "gus")

    assert sorted(await rows(world, entries, now=NOW), key=str) == sorted(
        [(None, key("G"), key("C2")), (None, key("G"), key("C5"))], key=str
    )
    new = sorted(entry["action"] for entry in log if entry["at"] == NOW.isoformat())
    assert new == ["ACCEPT_COLLABORATION", "INVITE_CLIENT"]


async def test_the_firm_hears_no_until_all_have_declined(ask: Ask, world: AsyncConnection) -> None:
    id, copies = await offered(ask, world)
    before = await view(ask, id)
    listed = "{ clientInvitations(first: 9) { totalCount nodes { clientInvitationState viewerActions } } clientInvitationCount }"
    first = (await ask("gus", listed)).text
    for company in ("C5", "C1"):
        told = await ask.data(PEOPLE[company], DECLINE_HERE, id=copies[company])
        assert told["declineCollaboration"]["collaboration"]["collaborationState"] == "DECLINED"
        assert await view(ask, id) == before
        assert (await ask("gus", listed)).text == first
        # It looks the same to the company whether another is left or not.
        assert (await read(ask, PEOPLE[company], copies[company]))["discountOffer"]["state"] == "VOID"
    await ask.data("dag", DECLINE_HERE, id=copies["C2"])

    assert refused(await ask("gus", READ, id=id), "NOT_FOUND")
    assert (await ask.data("gus", listed))["clientInvitations"]["nodes"] == [
        {"clientInvitationState": "DECLINED", "viewerActions": []}
    ]
    assert await rows(world, STATE, id=key_of(ask, id)) == [("declined", "client", None)]
    assert await rows(world, "SELECT state FROM client_invitation") == [("void",)]
    assert (await invited(ask, email=EMAILS["nora"]))["stage"] == "INVITED"


async def test_one_that_declined_does_not_take_the_invitation_from_the_others(ask: Ask, world: AsyncConnection) -> None:
    id, copies = await offered(ask, world)
    await ask.data("cora", DECLINE_HERE, id=copies["C1"])
    await ask.data("dag", ACCEPT_HERE, input={"id": copies["C2"], "confirm": True})

    assert (await read(ask, "gus", id))["client"] == {"id": ask.id("Client", "C2")}
    assert (await read(ask, "cora", copies["C1"]))["collaborationState"] == "DECLINED"
    assert refused(await ask("cora", DECLINE_HERE, id=copies["C1"]), "CONFLICT", CONFLICTS["OVER"])


@pytest.mark.parametrize("how", ["withdrawn", "expired", "closed"])
async def test_the_copies_end_with_the_invitation(ask: Ask, world: AsyncConnection, how: str) -> None:
    id, copies = await offered(ask, world)
    await ask.data("cora", DECLINE_HERE, id=copies["C1"])
    match how:
        case "withdrawn":
            await ask.data("gus", WITHDRAW, id=id)
        case "expired":
            await lapsed(world, NOW + TTL)
        case "closed":
            close = "mutation ($id: ID!) { closeFirm(input: {id: $id, confirm: true}) { firm { accountState } } }"
            await ask.data("pia", close, id=ask.id("Firm", "G"))
    state = "expired" if how == "expired" else "withdrawn"
    action = "COLLABORATION_EXPIRED" if how == "expired" else "WITHDRAW_COLLABORATION"

    assert {(await rows(world, STATE, id=key_of(ask, each)))[0][0] for each in (id, copies["C2"], copies["C5"])} == {
        state
    }
    assert (await read(ask, "cora", copies["C1"]))["collaborationState"] == "DECLINED"
    for who, times in (("frida", 1), ("dag", 1), ("cora", 0)):
        acts = [entry["action"] for entry in await entries_of(ask, who)]
        assert acts.count(action) == times


async def test_a_copy_does_not_expire_by_itself(ask: Ask, world: AsyncConnection) -> None:
    """An invitation is as good as its last mail, and so are its copies."""
    id, _ = await offered(ask, world)
    await run(world, "UPDATE collaboration SET created_at = :then", then=NOW - timedelta(days=99))

    assert key_of(ask, id) not in await lapsed(world, NOW)
    assert await rows(world, "SELECT count(*) FROM collaboration WHERE copy_of IS NOT NULL AND state = 'invited'") == [
        (3,)
    ]


async def test_sending_again_reaches_those_who_have_not_answered_and_those_who_have_joined(
    ask: Ask, world: AsyncConnection, policy: Policy
) -> None:
    id, copies = await offered(ask, world)
    desk = desk_of(world, policy, Remembering())
    first = Counter(await desk.addressed())
    await ask.data("cora", DECLINE_HERE, id=copies["C1"])
    await make.client_member(world, client_id=key("C3"), user_id=key("nora"), role="member")
    await later(world)
    await ask.data("gus", RESEND, id=id)

    assert sorted((Counter(await desk.addressed()) - first).elements()) == ["dag", "frida", "hedda", "mila"]
    assert (await read(ask, "hedda@C3", await copy_for(ask, world, id, key("C3"))))["stage"] == "INVITED"
    assert (await read(ask, "cora", copies["C1"]))["collaborationState"] == "DECLINED"
    assert refused(await accepted(ask, await letter(ask, world, id), "nora@C1"), "NOT_FOUND")


async def test_a_company_that_works_with_the_firm_or_has_been_rejected_is_left_out(
    ask: Ask, world: AsyncConnection
) -> None:
    await make.collaboration(world, firm_id=key("G"), client_id=key("C1"), state="pending")
    await run(world, "UPDATE client SET state = 'rejected' WHERE id = :id", id=key("C2"))
    told = await invited(ask, email=EMAILS["nora"])

    assert await rows(world, "SELECT client_id FROM collaboration WHERE copy_of = :id", id=key_of(ask, told["id"])) == [
        (key("C5"),)
    ]


async def test_a_company_is_asked_once_by_a_firm_through_whichever_address(ask: Ask, world: AsyncConnection) -> None:
    """The second invitation reaches those that the first did not; the firm sees two alike."""
    await invited(ask, email=EMAILS["cora"])
    second = await invited(ask, email=EMAILS["nora"])
    reached = "SELECT client_id FROM collaboration WHERE copy_of = :id"

    assert {each for (each,) in await rows(world, reached, id=key_of(ask, second["id"]))} == {key("C2"), key("C5")}


async def test_a_person_of_two_companies_answers_for_the_one_they_act_for(ask: Ask, world: AsyncConnection) -> None:
    for who, company in (("nora", "C1"), ("nora", "C2")):
        await run(
            world,
            "UPDATE client_member SET role = 'admin' WHERE user_id = :user AND client_id = :client",
            user=key(who),
            client=key(company),
        )
    id, copies = await offered(ask, world)
    of_c1, of_c2 = ({"X-Acting-As": ask.id("Client", each)} for each in ("C1", "C2"))

    async def accepts(copy: str, acting: dict[str, str]) -> Any:
        body = {"query": ACCEPT_HERE, "variables": {"input": {"id": copy, "confirm": True}}}
        return await ask.sent(body, ask.headers("nora") | acting)

    assert refused(await accepts(copies["C1"], of_c2), "NOT_FOUND")
    assert (await accepts(copies["C2"], of_c2)).errors == []
    assert (await read(ask, "gus", id))["client"] == {"id": ask.id("Client", "C2")}
    assert refused(await accepts(copies["C1"], of_c1), "CONFLICT", CONFLICTS["OVER"])


async def test_a_company_in_verification_waits_for_it_and_the_others_are_told_no_more(
    ask: Ask, world: AsyncConnection
) -> None:
    await run(world, "UPDATE client SET state = 'verifying' WHERE id = :id", id=key("C5"))
    id, copies = await offered(ask, world)
    await ask.data("frida", ACCEPT_HERE, input={"id": copies["C5"], "confirm": True, **CHOICE})
    pending = await read(ask, "gus", id)
    await ask.data("pia", DECIDE, id=ask.id("Client", "C5"), decision="REJECT", reason="No.")

    assert (pending["collaborationState"], pending["stage"]) == ("PENDING", None)
    assert refused(await ask("gus", READ, id=id), "NOT_FOUND")
    assert (await read(ask, "cora", copies["C1"]))["collaborationState"] == "WITHDRAWN"


@pytest.mark.parametrize("fails", ["not confirmed", "terms", "rejected"])
async def test_an_acceptance_that_is_refused_changes_nothing_for_anybody(
    ask: Ask, world: AsyncConnection, fails: str
) -> None:
    _, copies = await offered(ask, world)
    wish: dict[str, Any] = {"id": copies["C5"], "confirm": fails != "not confirmed"}
    if fails == "terms":
        wish |= {"level": "FULL", "sharedKpis": []}
    if fails == "rejected":
        await run(world, "UPDATE client SET state = 'rejected' WHERE id = :id", id=key("C5"))
    every = "SELECT t::text FROM collaboration t ORDER BY id"
    before = await rows(world, every)

    assert (await ask("frida", ACCEPT_HERE, input=wish)).codes in (["BAD_USER_INPUT"], ["CONFLICT"])
    assert await rows(world, every) == before


async def test_the_firm_runs_the_same_statements_after_each_answer(
    ask: Ask, world: AsyncConnection, engine: AsyncEngine
) -> None:
    id, copies = await offered(ask, world)
    said = []
    for company in (None, "C1", "C2"):
        if company:
            await ask.data(PEOPLE[company], DECLINE_HERE, id=copies[company])
        async with world.begin_nested() as undone:
            await later(world)
            steps = []
            for document in (VIEWS, RESEND, WITHDRAW):
                with recorded(engine) as statements:
                    await ask("gus", document, id=id)
                steps.append(len(statements))
            said.append(steps)
            await undone.rollback()

    assert said[0] == said[1] == said[2]
