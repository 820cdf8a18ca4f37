"""A firm's account is closed: by its owner once no collaboration is alive, by the platform at any time (M1, D61)."""

from typing import Any, Final

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.seeds.demo import CODES, key
from tests.graph.conftest import NOW, Answer, Ask, run
from tests.support import make
from tests.support.collaborations import acts, grants, kept, notices, periods, rows

CLOSE: Final = """mutation ($id: ID!, $confirm: Boolean!) {
  closeFirm(input: {id: $id, confirm: $confirm}) { firm { name accountState } }
}"""
SEEN: Final = """{ firm { name accountState viewerActions profileRevisions(first: 50) { nodes { profileState viewerActions } } }
  viewer { menus banners } invoices(first: 50) { totalCount } }"""
END_ALL: Final = "UPDATE collaboration SET state = 'declined' WHERE firm_id = :id AND state IN ('invited', 'pending')"
DIRECTORY: Final = "{ publicDirectory(first: 50) { totalCount nodes { displayName } } }"


async def closes(ask: Ask, who: str, firm: str = "F", confirm: bool = True) -> Answer:
    return await ask(who, CLOSE, id=ask.id("Firm", firm), confirm=confirm)


async def test_the_owner_closes_a_firm_without_living_collaborations(ask: Ask, world: AsyncConnection) -> None:
    offered = (await ask.data("hugo", SEEN))["firm"]["viewerActions"]
    unconfirmed = await closes(ask, "hugo", "H", confirm=False)
    closed = await closes(ask, "hugo", "H")
    after = await ask.data("hugo", SEEN)
    again = await closes(ask, "hugo", "H")

    assert "CLOSE_FIRM" in offered
    assert unconfirmed.codes == ["BAD_USER_INPUT"]
    assert closed.data["closeFirm"]["firm"] == {"name": "Norrdunge Ekonomi", "accountState": "CLOSED"}
    assert (after["firm"]["accountState"], after["firm"]["viewerActions"]) == ("CLOSED", [])
    assert after["viewer"] == {"menus": [], "banners": []}
    assert (again.codes, again.errors[0]["message"]) == (["CONFLICT"], "The firm's account is closed.")


async def test_a_refusal_names_its_rule(ask: Ask, world: AsyncConnection) -> None:
    alive = await closes(ask, "ada")
    deputy = await make.user(world)
    await make.member(world, firm_id=key("H"), user_id=deputy, role="admin")
    await run(world, "UPDATE firm_member SET is_owner = false WHERE firm_id = :id", id=key("H"))
    other = await closes(ask, "hugo", "H")
    strangers = {who: (await closes(ask, who)).codes for who in ("ben", "gus", "cora", "emil", "rolf", "billing")}

    assert (alive.codes, alive.errors[0]["message"]) == (
        ["CONFLICT"],
        "The firm still has open collaborations, invitations or requests. End, withdraw or decline them first.",
    )
    assert (other.codes, other.errors[0]["message"]) == (["FORBIDDEN"], "Only the owner can close the firm.")
    assert strangers == {
        **{who: ["FORBIDDEN"] for who in ("ben", "billing", "cora")},
        **{who: ["NOT_FOUND"] for who in ("gus", "emil", "rolf")},
    }
    assert "CLOSE_FIRM" not in (await ask.data("ada", SEEN))["firm"]["viewerActions"]


async def test_the_platform_ends_everything_that_is_alive_in_the_same_transaction(
    ask: Ask, world: AsyncConnection
) -> None:
    await make.invitation(world, "gws_open", firm_id=key("F"), invited_by=key("ada"))
    await make.token(world, "gwt_f", created_by=key("ada"), firm_id=key("F"))
    before = await ask.data("ada", SEEN)
    alive = await rows(
        world,
        "SELECT state, origin, count(*) FROM collaboration WHERE firm_id = :id"
        " AND state IN ('invited', 'pending', 'active') GROUP BY 1, 2",
        id=key("F"),
    )
    many = sum(count for state, _, count in alive if state == "active")
    others = await kept(world, "firm", "collaboration")
    closed = await closes(ask, "pia")
    after = await ask.data("ada", SEEN)

    assert {state for state, *_ in alive} >= {"pending", "active"}
    assert closed.data["closeFirm"]["firm"]["accountState"] == "CLOSED"
    ended = await rows(
        world,
        "SELECT state, ended_by, ended_at FROM collaboration WHERE firm_id = :id AND ended_by = 'platform'",
        id=key("F"),
    )
    assert [each for each in ended if each[0] == "ended"] == [("ended", "platform", NOW)] * many
    assert {state for state, *_ in ended} == {"ended", "declined", "withdrawn"}
    for what in (
        "access_grant g JOIN collaboration k ON k.id = g.collaboration_id WHERE k.firm_id = :id"
        " AND g.revoked_at IS NULL AND g.expires_at > :now",
        "billing_mode_period p JOIN collaboration k ON k.id = p.collaboration_id WHERE k.firm_id = :id"
        " AND p.to_at = 'infinity'",
        "assignment a JOIN firm_member m ON m.id = a.member_id WHERE m.firm_id = :id AND a.ended_at IS NULL",
        "client_session WHERE firm_id = :id AND closed_at IS NULL AND expires_at > :now",
        "staff_invitation WHERE firm_id = :id AND state = 'open'",
        "integration_token WHERE firm_id = :id AND revoked_at IS NULL",
        "client_invitation i JOIN collaboration k ON k.id = i.collaboration_id WHERE k.firm_id = :id"
        " AND i.state = 'open'",
        "firm_profile WHERE firm_id = :id AND state IN ('published', 'in_review')",
    ):
        assert await rows(world, f"SELECT count(*) FROM {what}", **_given(what)) == [(0,)], what
    told = await notices(world)
    assert sum(kind == "COLLABORATION_ENDED" for kind, *_ in told) == many
    assert ("BILLING_MODE_CHANGED", key("F-C3"), {"mode": "client"}) in told
    assert [each for each in told if each[0] == "COLLABORATION_DECLINED"] == [
        ("COLLABORATION_DECLINED", key("F-C7"), {})  # the client had asked; what the firm had offered is withdrawn
    ]
    assert ("TERMINATE_COLLABORATION", "done", None, "platform") in await acts(world, "F-C1")
    assert await grants(world, "F-C1") != []
    assert (await periods(world, "G-C6"))[-1] == ("partner", True)
    assert after["firm"]["viewerActions"] == []
    assert after["invoices"]["totalCount"] == before["invoices"]["totalCount"] > 0
    assert await kept(world, "firm", "collaboration") != others


async def test_nothing_is_done_for_a_closed_firm(ask: Ask, world: AsyncConnection) -> None:
    draft = "mutation ($i: SaveProfileDraftInput!) { saveProfileDraft(input: $i) { profile { id } } }"
    profile = {"displayName": "F", "description": "x", "specialties": ["x"], "location": "x", "languages": ["de"]}
    token = 'mutation { createToken(input: {name: "x", scopes: [CLIENTS_READ]}) { token { id } } }'
    invite = (
        'mutation { inviteStaff(input: {addresses: [{email: "x@y.example", role: STAFF}]}) { invitations { id } } }'
    )
    add = "mutation ($input: AddFirmAsBookkeeperInput!) { addFirmAsBookkeeper(input: $input) { collaboration { id } } }"
    assert (await closes(ask, "pia")).errors == []
    told = [
        await ask("ada", invite),
        await ask("ada", draft, i=profile),
        await ask("ada", token),
        await ask("pia", 'mutation ($id: ID!) { suspendFirm(input: {id: $id}) { firm { id } } }', id=ask.id("Firm", "F")),
    ]  # fmt: skip
    found = await ask("cora", add, input={"code": CODES["F"]})

    assert {(*answer.codes, answer.errors[0]["message"]) for answer in told} == {
        ("CONFLICT", "The firm's account is closed.")
    }
    assert found.codes == ["NOT_FOUND"]
    assert (await ask("firm-sync", "{ firm { name } }")).codes == ["UNAUTHENTICATED"]
    listed = await ask.data("anonymous", DIRECTORY)
    assert [node["displayName"] for node in listed["publicDirectory"]["nodes"]] == ["Steinfirn Treuhand"]


@pytest.mark.parametrize("who", ["cora", "anonymous", "rolf", "ben", "gus"])
async def test_a_suspended_firm_is_listed_nowhere_and_comes_back(ask: Ask, world: AsyncConnection, who: str) -> None:
    node = "query ($id: ID!) { node(id: $id) { id } }"
    (profile,) = await rows(
        world, "SELECT id FROM firm_profile WHERE firm_id = :id AND state = 'published'", id=key("F")
    )
    seen: list[Any] = []
    for state in ("approved", "suspended", "approved"):
        await run(world, "UPDATE firm SET programme_state = :state WHERE id = :id", state=state, id=key("F"))
        listed = (await ask.data(who, DIRECTORY))["publicDirectory"]["totalCount"]
        seen.append((listed, (await ask(who, node, id=ask.id("FirmProfile", profile[0]))).codes))

    reviewer = [] if who == "rolf" else ["NOT_FOUND"]
    assert seen == [(2, []), (1, reviewer), (2, [])]


async def test_a_suspended_firm_is_not_asked_and_not_written_to(ask: Ask, world: AsyncConnection) -> None:
    (profile,) = await rows(
        world, "SELECT id FROM firm_profile WHERE firm_id = :id AND state = 'published'", id=key("G")
    )
    talk = await _conversation(world)
    await run(world, "UPDATE firm SET programme_state = 'suspended' WHERE id = :id", id=key("G"))
    state = await kept(world, "collaboration", "conversation", "message", "notice")
    id = ask.id("FirmProfile", profile[0])
    answers = [
        await ask(
            "cora",
            "mutation ($id: ID!) { requestCollaboration(input: {profile: $id}) { collaboration { id } } }",
            id=id,
        ),
        await ask("cora", "mutation ($id: ID!) { addFirmAsBookkeeper(input: {profile: $id}) { collaboration { id } } }", id=id),
        await ask("cora", 'mutation ($id: ID!) { sendMessage(input: {profile: $id, body: "Hi"}) { message { id } } }', id=id),
    ]  # fmt: skip
    reading = await ask.data(
        "cora",
        "query ($id: ID!) { node(id: $id) { ... on Conversation { firmName viewerActions } } }",
        id=ask.id("Conversation", talk),
    )

    assert [answer.codes for answer in answers] == [["NOT_FOUND"]] * 3
    assert await kept(world, *state) == state
    assert reading["node"] == {"firmName": "Steinfirn Treuhand", "viewerActions": []}


def _given(statement: str) -> dict[str, Any]:
    return {"id": key("F")} | ({"now": NOW} if ":now" in statement else {})


async def _conversation(world: AsyncConnection) -> Any:
    found = await rows(
        world,
        "INSERT INTO conversation (id, firm_id, client_id, opened_by, opened_at)"
        " VALUES (gen_random_uuid(), :firm, :client, :by, :at) RETURNING id",
        firm=key("G"), client=key("C1"), by=key("cora"), at=NOW,
    )  # fmt: skip
    return found[0][0]
