"""Ways to a collaboration from the client's side (origins B and C), and verification by the platform (M5, M6)."""

from typing import Any, Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import Notice
from gateway.db.seeds.demo import key
from tests.graph.conftest import CALLERS, NOW, Answer, Ask

VERBS: Final = {"addFirmAsBookkeeper": "CLIENT_ADDED_FIRM", "requestCollaboration": "MARKETPLACE"}
TAB: Final = "query ($tab: ClientTab!) { clients(tab: $tab, first: 50) { nodes { id } } }"
ACCEPT: Final = "mutation ($id: ID!) { acceptCollaboration(input: {id: $id, confirm: true}) { collaboration { collaborationState } } }"
DECIDE: Final = """mutation ($id: ID!, $decision: VerificationDecision!, $reason: String) {
  decideVerification(input: {id: $id, decision: $decision, reason: $reason}) { client { id verificationState } }
}"""
STANDING: Final = (
    "query ($id: ID!) { client(id: $id) { verificationState collaboration { id collaborationState level origin } } }"
)


def document(verb: str) -> str:
    kind = f"{verb[0].upper()}{verb[1:]}Input"
    told = "{ collaboration { id collaborationState origin requestMessage firmName clientName } }"
    return f"mutation ($input: {kind}!) {{ {verb}(input: $input) {told} }}"


PUBLISHED: Final = text("SELECT id FROM firm_profile WHERE firm_id = :firm AND state = 'published'")


async def asks(ask: Ask, world: AsyncConnection, who: str, verb: str, firm: str, **more: Any) -> Answer:
    profile = (await world.execute(PUBLISHED, {"firm": key(firm)})).scalar_one()
    return await ask(who, document(verb), input={"profile": ask.id("FirmProfile", profile), **more})


@pytest.mark.parametrize(("verb", "origin"), VERBS.items())
async def test_a_client_asks_and_the_firm_accepts(ask: Ask, world: AsyncConnection, verb: str, origin: str) -> None:
    asked = await asks(ask, world, "cora", verb, "G", message="Bitte,\nab Januar.")
    made = asked.data[verb]["collaboration"]
    invites = ask.handles((await ask.data("gus", TAB, tab="INVITES"))["clients"]["nodes"])
    seen = (await ask("gus", STANDING, id=ask.id("Client", "C1"))).data["client"]["collaboration"]
    accepted = await ask.data("gus", ACCEPT, id=made["id"])

    assert asked.errors == []
    assert (made["collaborationState"], made["origin"], made["requestMessage"]) == (
        "PENDING",
        origin,
        "Bitte,\nab Januar.",
    )
    assert ("C1" in invites) == (origin == "CLIENT_ADDED_FIRM")  # P32, D43: C is not among the INVITES
    assert (seen["id"], seen["collaborationState"]) == (made["id"], "PENDING")
    assert accepted["acceptCollaboration"]["collaboration"]["collaborationState"] == "ACTIVE"
    kinds = {row.kind for row in await world.execute(select(Notice.kind))}
    assert kinds == {"COLLABORATION_REQUESTED", "COLLABORATION_ACCEPTED"}


@pytest.mark.parametrize("verb", VERBS)
async def test_one_collaboration_of_a_pair_at_a_time(ask: Ask, world: AsyncConnection, verb: str) -> None:
    first, again = [await asks(ask, world, "cora", verb, "G") for _ in range(2)]
    running = await asks(ask, world, "cora", verb, "F")

    assert (first.codes, again.codes, running.codes) == ([], ["CONFLICT"], ["CONFLICT"])
    entries = await world.execute(
        text("SELECT code FROM audit_entry WHERE actor_id = :cora AND at = :now"), {"cora": key("cora"), "now": NOW}
    )
    assert sorted(str(entry.code) for entry in entries) == [
        "CONFLICT",
        "CONFLICT",
        "None",
    ]  # what is refused leaves its entry, too


async def test_a_profile_that_is_not_published_does_not_exist(ask: Ask, world: AsyncConnection) -> None:
    unpublished = (
        await world.execute(text("SELECT id FROM firm_profile WHERE state <> 'published' LIMIT 1"))
    ).scalar_one()
    for wrong in (ask.id("FirmProfile", unpublished), ask.id("FirmProfile", key("no")), ask.id("Firm", "G")):
        answer = await ask("cora", document("addFirmAsBookkeeper"), input={"profile": wrong})
        assert (answer.codes, answer.errors[0]["message"]) == (["NOT_FOUND"], "There is no such object.")
    assert (await ask("cora", document("addFirmAsBookkeeper"), input={"profile": "x"})).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("message", ["x" * 1001, "a\u0007b"])
async def test_a_message_is_short_and_plain(ask: Ask, world: AsyncConnection, message: str) -> None:
    answer = await asks(ask, world, "cora", "addFirmAsBookkeeper", "G", message=message)

    assert answer.codes == ["BAD_USER_INPUT"]
    assert (await asks(ask, world, "cora", "addFirmAsBookkeeper", "G")).errors == []


async def test_only_owners_and_administrators_of_a_company_ask(ask: Ask, world: AsyncConnection) -> None:
    told = {who: (await asks(ask, world, who, "addFirmAsBookkeeper", "G")).codes for who in CALLERS}

    assert told.pop("anonymous") == ["UNAUTHENTICATED"]
    assert {who for who, codes in told.items() if codes != ["FORBIDDEN"]} == {
        "cora", "dag", "mila", "hedda@C3", "elena", "frida", "jonas", "lucia", "saga",
    }  # fmt: skip


@pytest.mark.parametrize(("decision", "reason", "state", "begun"), [
    ("VERIFY", None, "VERIFIED", ("ACTIVE", "LIMITED")),
    ("REJECT", "The register does not know it.", "REJECTED", None),
])  # fmt: skip
async def test_verification_begins_what_the_client_accepted_or_ends_it(
    ask: Ask, world: AsyncConnection, decision: str, reason: str | None, state: str, begun: tuple[str, str] | None
) -> None:
    before = (await ask("ada", STANDING, id=ask.id("Client", "C8"))).data["client"]
    decided = await ask.data("pia", DECIDE, id=ask.id("Client", "C8"), decision=decision, reason=reason)
    again = await ask("pia", DECIDE, id=ask.id("Client", "C8"), decision=decision, reason=reason)
    after = (await ask("ada", STANDING, id=ask.id("Client", "C8"))).data["client"]
    grants = await world.execute(
        text("SELECT count(*) FROM access_grant WHERE client_id = :id AND revoked_at IS NULL"), {"id": key("C8")}
    )

    assert before["collaboration"]["collaborationState"] == "PENDING"
    assert decided["decideVerification"]["client"]["verificationState"] == state
    assert again.codes == ["CONFLICT"]
    found = after and (after["collaboration"]["collaborationState"], after["collaboration"]["level"])
    assert (found, grants.scalar_one()) == (begun, 1 if begun else 0)


async def test_nobody_but_the_platforms_administrators_decides_who_a_client_is(
    ask: Ask, world: AsyncConnection
) -> None:
    told = {who: (await ask(who, DECIDE, id=ask.id("Client", "C8"), decision="VERIFY")).codes for who in CALLERS}

    assert {who for who, codes in told.items() if codes == []} == {"pia"}
    assert {who for who, codes in told.items() if codes == ["FORBIDDEN"]} == {"ada", "saga", "billing", "firm-sync"}
    assert {
        tuple(codes) for who, codes in told.items() if who not in ("ada", "saga", "billing", "firm-sync", "pia")
    } == {
        ("NOT_FOUND",),
        ("UNAUTHENTICATED",),
    }
