"""Whose a firm or a company is, handed over by whoever owns it (D52, X-H5)."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import key
from gateway.messages import text as message
from gateway.resolvers.core.refusals import CONFLICTS, MOVED_ON, NOT_YOURS
from tests.graph.conftest import CALLERS, Answer, Ask, run
from tests.graph.firms.test_staff import refused, rows
from tests.support import make

TRANSFER: Final = """mutation ($member: ID!, $confirm: Boolean!) {
  transferOwnership(input: {id: $member, confirm: $confirm}) { owner {
    id
    ... on FirmMember { isOwner firmRole viewerActions }
    ... on ClientMember { company: clientRole actions: viewerActions }
  } }
}"""
OWNERS: Final = """SELECT id, role, is_owner FROM firm_member UNION ALL
SELECT id, role, role = 'owner' FROM client_member ORDER BY id"""


async def handed(ask: Ask, who: str, type_name: str, whom: Any, confirm: bool = True) -> Answer:
    return await ask(who, TRANSFER, member=ask.id(type_name, whom), confirm=confirm)


async def places(world: AsyncConnection) -> dict[Any, tuple[str, bool]]:
    return {place: (role, owns) for place, role, owns in await rows(world, OWNERS)}


async def an_admin(world: AsyncConnection, whom: str = "ben") -> None:
    await run(world, "UPDATE firm_member SET role = 'admin' WHERE id = :id", id=key(f"F/{whom}"))


async def test_the_owner_hands_the_firm_to_another_admin_and_stays_one(ask: Ask, world: AsyncConnection) -> None:
    await an_admin(world)
    before = await places(world)
    answer = await handed(ask, "ada", "FirmMember", "F/ben")
    after = await places(world)

    assert answer.errors == []
    assert answer.data["transferOwnership"]["owner"] == {
        "id": ask.id("FirmMember", "F/ben"),
        "isOwner": True,
        "firmRole": "ADMIN",
        "viewerActions": ["ASSIGN_MANAGERS"],
    }
    changed = {place: after[place] for place in after if after[place] != before[place]}
    assert changed == {key("F/ada"): ("admin", False), key("F/ben"): ("admin", True)}
    # And back again; the one who had it first cannot take it.
    assert refused(await handed(ask, "ada", "FirmMember", "F/ben"), "CONFLICT", CONFLICTS["NOT_OWNER"])
    assert (await handed(ask, "ben", "FirmMember", "F/ada")).errors == []
    assert await places(world) == before


async def test_the_owner_hands_the_company_to_another_admin_and_stays_one(ask: Ask, world: AsyncConnection) -> None:
    before = await places(world)
    answer = await handed(ask, "dag", "ClientMember", "C2/mila")
    after = await places(world)

    assert answer.errors == []
    assert answer.data["transferOwnership"]["owner"] == {
        "id": ask.id("ClientMember", "C2/mila"),
        "company": "OWNER",
        "actions": [],
    }
    changed = {place: after[place] for place in after if after[place] != before[place]}
    assert changed == {key("C2/dag"): ("admin", False), key("C2/mila"): ("owner", True)}
    assert refused(await handed(ask, "dag", "ClientMember", "C2/mila"), "FORBIDDEN", NOT_YOURS)
    assert (await handed(ask, "mila", "ClientMember", "C2/dag")).errors == []
    assert await places(world) == before


async def test_who_owned_the_company_may_leave_then(ask: Ask, world: AsyncConnection) -> None:
    leave = "mutation ($me: ID!) { removeMember(input: {id: $me}) { client { id } } }"
    me = ask.id("ClientMember", "C2/dag")
    stays = await ask("dag", leave, me=me)
    await handed(ask, "dag", "ClientMember", "C2/mila")

    assert refused(stays, "CONFLICT", CONFLICTS["OWNER"])
    assert (await ask.data("dag", leave, me=me)) == {"removeMember": {"client": None}}


async def test_who_owned_the_firm_may_leave_then(ask: Ask, world: AsyncConnection) -> None:
    await an_admin(world)
    leave = "mutation ($me: ID!) { removeStaff(input: {id: $me}) { firm { id } } }"
    me = ask.id("FirmMember", "F/ada")
    stays = await ask("ada", leave, me=me)
    await handed(ask, "ada", "FirmMember", "F/ben")

    assert refused(stays, "CONFLICT", CONFLICTS["OWNER"])
    assert (await ask.data("ada", leave, me=me)) == {"removeStaff": {"firm": None}}


async def test_only_another_active_admin_succeeds(ask: Ask, world: AsyncConnection) -> None:
    await an_admin(world)
    await run(world, "UPDATE firm_member SET state = 'suspended' WHERE id = :id", id=key("F/ben"))
    before = await places(world)
    wrong = [("ada", "FirmMember", f"F/{whom}") for whom in ("ada", "ben", "bo", "finn")]
    wrong += [("cora", "ClientMember", f"C1/{whom}") for whom in ("cora", "emil")]

    for who, type_name, whom in wrong:
        assert refused(await handed(ask, who, type_name, whom), "CONFLICT", CONFLICTS["SUCCESSOR"]), whom
    assert await places(world) == before


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("ada", "anonymous")])
async def test_a_firm_is_handed_over_by_its_owner_alone(ask: Ask, world: AsyncConnection, who: str) -> None:
    await an_admin(world, "bo")
    before = await places(world)
    answer = await handed(ask, who, "FirmMember", "F/bo")
    sees_bo = {"ben", "cora", "hedda@C3", "pia"}  # who works for the same clients, and whom he works for (D8, X-P6)

    expected = "CONFLICT" if who == "bo" else "FORBIDDEN" if who in sees_bo else "NOT_FOUND"
    assert refused(answer, expected), answer.text
    assert await places(world) == before


@pytest.mark.parametrize("who", [who for who in CALLERS if who not in ("dag", "anonymous")])
async def test_a_company_is_handed_over_by_its_owner_alone(ask: Ask, world: AsyncConnection, who: str) -> None:
    """By no administrator, and by no firm at FULL (D3)."""
    await run(world, "UPDATE access_grant SET level = 'full' WHERE collaboration_id = :id", id=key("F-C2"))
    await run(world, "UPDATE client SET plan_id = :pro WHERE id = :id", id=key("C2"), pro=key("plan pro"))
    before = await places(world)
    answer = await handed(ask, who, "ClientMember", "C2/mila")

    assert refused(answer, "FORBIDDEN" if who in ("mila", "ada", "ben", "pia") else "NOT_FOUND"), answer.text
    assert await places(world) == before


async def test_refusals_come_in_their_order(ask: Ask, world: AsyncConnection) -> None:
    await an_admin(world)
    before = await places(world)
    wrong = [("FirmMember", "G/gus"), ("FirmMember", make.new_key()), ("ClientMember", "C2/dag"), ("User", "ben")]
    answers = [await handed(ask, "ada", *each) for each in wrong]

    assert all(refused(answer, "NOT_FOUND") for answer in answers)
    assert answers[0].errors == answers[1].errors == answers[2].errors == answers[3].errors
    assert refused(await handed(ask, "anonymous", "FirmMember", "F/ben"), "UNAUTHENTICATED")
    assert refused(await ask("ada", TRANSFER, member="rubbish", confirm=True), "BAD_USER_INPUT")
    assert refused(await handed(ask, "pia", "FirmMember", "F/ben", confirm=False), "FORBIDDEN")
    assert refused(await handed(ask, "ada", "FirmMember", "F/bo"), "CONFLICT")
    assert refused(
        await handed(ask, "ada", "FirmMember", "F/ben", confirm=False), "BAD_USER_INPUT", message("input", "CONFIRM")
    )
    assert await places(world) == before


async def test_who_handed_the_company_over_is_another_in_the_same_document(ask: Ask, world: AsyncConnection) -> None:
    answer = await ask(
        "dag",
        """mutation ($mila: ID!) {
          one: transferOwnership(input: {id: $mila, confirm: true}) { owner { id } }
          two: inviteMember(input: {addresses: [{email: "a@new.example", role: ADMIN}]}) { invitations { id } }
        }""",
        mila=ask.id("ClientMember", "C2/mila"),
    )

    assert answer.data == {"one": {"owner": {"id": ask.id("ClientMember", "C2/mila")}}, "two": None}
    assert (answer.codes, answer.errors[0]["message"]) == (["CONFLICT"], MOVED_ON)


async def test_an_ownership_that_is_handed_over_again_with_its_key_is_handed_over_once(
    ask: Ask, world: AsyncConnection
) -> None:
    headers = {**ask.headers("dag"), "Idempotency-Key": "one-owner"}
    body = {"query": TRANSFER, "variables": {"member": ask.id("ClientMember", "C2/mila"), "confirm": True}}
    first, again = await ask.sent(body, headers), await ask.sent(body, headers)

    assert first.errors == again.errors == []
    assert again.data == first.data


async def test_it_stands_in_the_trace_of_the_firm_or_of_the_company(ask: Ask, world: AsyncConnection) -> None:
    await an_admin(world)
    await handed(ask, "ada", "FirmMember", "F/ben")
    await handed(ask, "dag", "ClientMember", "C2/mila")
    written = "SELECT subject_type, subject_id, firm_id, client_id, actor_id, outcome FROM audit_entry"

    assert await rows(world, f"{written} WHERE action = 'TRANSFER_OWNERSHIP' ORDER BY subject_type DESC") == [
        ("FirmMember", key("F/ben"), key("F"), None, key("ada"), "done"),
        ("ClientMember", key("C2/mila"), None, key("C2"), key("dag"), "done"),
    ]
