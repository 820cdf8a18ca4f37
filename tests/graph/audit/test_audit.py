"""The audit trail: what was done and what was refused, each side its own slice, and no value that could be hidden (L21)."""

from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import AuditEntry
from gateway.db.seeds.demo import key
from tests.graph.collaborations.test_invitations import DECLINE_HERE, INVITE, RESEND, WISH, WITHDRAW, copy_for, invited
from tests.graph.conftest import CALLERS, Answer, Ask
from tests.graph.conversations.test_conversations import wrote
from tests.graph.firms.test_staff import EMAILS

LOG: Final = """query ($since: DateTime, $until: DateTime, $actor: ID, $action: AuditAction, $first: Int = 100, $after: String) {
  auditLog(since: $since, until: $until, actor: $actor, action: $action, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { id at action actingSide outcome code actorName requestId }
  }
}"""
GRANT: Final = """mutation ($id: ID!) { grantAccess(input: {id: $id, level: LIMITED, sharedKpis: [MISSING_RECEIPTS]}) {
  collaboration { level }
} }"""
CREATE: Final = 'mutation { createToken(input: {name: "Till", scopes: [CLIENTS_READ]}) { token { id } } }'
BEGUN: Final = "2026-03-02T09:00:00+01:00"


async def log(ask: Ask, who: str, **asked: Any) -> list[dict[str, Any]]:
    return list((await ask(who, LOG, **asked)).data["auditLog"]["nodes"])


async def acts(ask: Ask, who: str) -> list[tuple[str, str, str | None]]:
    """What was done by the test, the oldest first: action, outcome, code."""
    found = await log(ask, who, since=BEGUN)
    return [(entry["action"], entry["outcome"], entry["code"]) for entry in reversed(found)]


async def collaboration_of(ask: Ask, who: str, client: str) -> str:
    query = "query ($id: ID!) { client(id: $id) { collaboration { id } } }"
    data = await ask.data(who, query, id=ask.id("Client", client))
    return str(data["client"]["collaboration"]["id"])


async def test_a_change_is_told_to_both_sides_and_its_author_by_name_to_one(ask: Ask, world: AsyncConnection) -> None:
    granted = await ask("frida", GRANT, id=await collaboration_of(ask, "ada", "C5"))
    by_client, by_firm = [
        next(entry for entry in await log(ask, who, action="GRANT_ACCESS") if entry["at"].startswith("2026-03-02"))
        for who in ("frida", "ada")
    ]

    assert granted.errors == []
    assert (by_client["actingSide"], by_client["outcome"], by_client["code"]) == ("CLIENT", "DONE", None)
    assert by_client["requestId"] == granted.response.headers["X-Request-Id"]
    assert by_client["actorName"] is not None
    assert by_firm == {**by_client, "actorName": None, "requestId": None}


async def test_a_refusal_is_told_to_the_side_that_tried_and_to_the_platform(ask: Ask, world: AsyncConnection) -> None:
    refused = await ask("ada", GRANT, id=await collaboration_of(ask, "ada", "C5"))
    told = ("GRANT_ACCESS", "REFUSED", "FORBIDDEN")

    assert refused.codes == ["FORBIDDEN"]
    assert {who: told in await acts(ask, who) for who in ("ada", "pia", "frida", "ben", "gus")} == {
        "ada": True,
        "pia": True,
        "frida": False,
        "ben": False,
        "gus": False,
    }


async def test_what_nobody_may_know_of_is_refused_without_a_subject(ask: Ask, world: AsyncConnection) -> None:
    unknown = await ask("gus", GRANT, id=await collaboration_of(ask, "ada", "C5"))
    entry = (await world.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))).one()

    assert unknown.codes == ["NOT_FOUND"]
    assert (entry.action, entry.outcome, entry.code, entry.actor_id) == (
        "GRANT_ACCESS",
        "refused",
        "NOT_FOUND",
        key("gus"),
    )
    # It is of the organisation that tried, whose administrators are told of it.
    assert (entry.subject_id, entry.client_id, entry.firm_id, entry.collaboration_id) == (None, None, key("G"), None)


async def test_the_firms_own_house_is_for_its_admins(ask: Ask, world: AsyncConnection) -> None:
    await ask.data("ada", CREATE)
    told = ("CREATE_TOKEN", "DONE", None)

    assert {who for who in CALLERS if who != "anonymous" and told in await acts(ask, who)} == {"ada", "pia"}


@pytest.mark.parametrize("email", ["someone@new.example", EMAILS["cora"]])
async def test_a_firms_admins_find_what_it_did_where_nothing_began(
    ask: Ask, world: AsyncConnection, email: str
) -> None:
    made = await invited(ask, "gus", email=email)
    await ask("gus", INVITE, input={**WISH, "email": email})
    await ask("gus", RESEND, id=made["id"])
    await ask.data("gus", WITHDRAW, id=made["id"])

    assert sorted(await acts(ask, "gus")) == [
        ("INVITE_CLIENT", "DONE", None),
        ("INVITE_CLIENT", "REFUSED", "CONFLICT"),
        ("RESEND_CLIENT_INVITATION", "REFUSED", "CONFLICT"),
        ("WITHDRAW_COLLABORATION", "DONE", None),
    ]
    assert await acts(ask, "ada") == []


async def test_a_bookkeeper_does_not_find_what_the_firm_did_where_nothing_began(
    ask: Ask, world: AsyncConnection
) -> None:
    made = await invited(ask, "ada")
    await ask.data("ada", WITHDRAW, id=made["id"])

    assert sorted(action for action, *_ in await acts(ask, "ada")) == ["INVITE_CLIENT", "WITHDRAW_COLLABORATION"]
    assert await acts(ask, "ben") == []


async def test_a_firm_is_not_told_what_a_company_did_that_it_invited(ask: Ask, world: AsyncConnection) -> None:
    made = await invited(ask, "gus", email=EMAILS["cora"])
    await ask.data("cora", DECLINE_HERE, id=await copy_for(ask, world, made["id"], key("C1")))

    assert await acts(ask, "gus") == [("INVITE_CLIENT", "DONE", None)]
    assert ("DECLINE_COLLABORATION", "DONE", None) in await acts(ask, "cora")


async def test_each_side_finds_what_it_did_in_a_conversation_alone(ask: Ask, world: AsyncConnection) -> None:
    await wrote(ask, "jonas", "F-C6 talk")
    before = await acts(ask, "ada")
    await wrote(ask, "ada", "F-C6 talk")

    assert before == []
    assert await acts(ask, "ada") == [("SEND_MESSAGE", "DONE", None)]


async def test_a_machines_act_bears_its_tokens_name(ask: Ask, world: AsyncConnection) -> None:
    await ask("firm-sync", CREATE)
    entry = (await world.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))).one()

    assert (entry.actor_id, entry.token_id is not None, entry.actor_name != "") == (None, True, True)
    assert (entry.acting_side, entry.acting_id, entry.code) == ("firm", key("F"), "FORBIDDEN")


async def test_filters_ask_only_what_the_viewer_sees(ask: Ask, world: AsyncConnection) -> None:
    await ask.data("frida", GRANT, id=await collaboration_of(ask, "ada", "C5"))
    await ask.data("ada", CREATE)
    staff = await ask.data("ada", "{ firm { staff(first: 50) { nodes { id name } } } }")
    ada = next(member["id"] for member in staff["firm"]["staff"]["nodes"] if member["name"].startswith("Ada"))
    hers, everything = await log(ask, "ada", actor=ada), await log(ask, "ada")

    assert {entry["actorName"] for entry in hers} == {next(e["actorName"] for e in hers)}
    assert [entry for entry in everything if entry["actorName"] == hers[0]["actorName"]] == hers
    assert [entry["action"] for entry in await log(ask, "ada", action="CREATE_TOKEN", since=BEGUN)] == ["CREATE_TOKEN"]
    assert await log(ask, "ada", until="2000-01-01T00:00:00Z") == []


@pytest.mark.parametrize(("asked", "code"), [
    ({"since": "yesterday"}, "BAD_USER_INPUT"),
    ({"until": "2026-03-02T09:00:00"}, "BAD_USER_INPUT"),
    ({"actor": "rubbish"}, "BAD_USER_INPUT"),
])  # fmt: skip
async def test_a_filter_that_is_none_is_refused(ask: Ask, asked: dict[str, Any], code: str) -> None:
    answer = await ask("ada", LOG, **asked)

    assert (answer.data, answer.codes) == ({"auditLog": None}, [code])


@pytest.mark.parametrize("action", ["NO_ACTION", "grantAccess", "", "x" * 101, 1])
async def test_an_action_that_is_none_does_not_fit(ask: Ask, action: Any) -> None:
    answer = await ask("ada", LOG, action=action)

    assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])


async def test_people_whom_the_viewer_does_not_see_cannot_be_asked_about(ask: Ask) -> None:
    unknown = [
        ask.id("FirmMember", "G/gus"),
        ask.id("User", "gus"),
        ask.id("Client", "C1"),
        ask.id("FirmMember", key("no")),
    ]
    answers: list[Answer] = [await ask("ada", LOG, actor=each) for each in unknown]

    assert {(tuple(answer.codes), str(answer.data)) for answer in answers} == {(("NOT_FOUND",), "{'auditLog': None}")}


async def test_the_log_pages(ask: Ask, world: AsyncConnection) -> None:
    whole = [entry["id"] for entry in await log(ask, "ada")]
    found, after = [], None
    while True:
        page = (await ask("ada", LOG, first=3, after=after)).data["auditLog"]
        found += [entry["id"] for entry in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(whole) > 3
    assert found == whole
